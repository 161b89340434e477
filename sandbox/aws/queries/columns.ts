import { at, isRecord } from '../../../src/words/json.ts';
import type { Organization } from '../../organization/organization.ts';
import type { Column, Row } from './condition.ts';
import type { Table } from './sql.ts';

/** A value that is no structure, as text. */
const leaf = (value: unknown): string | undefined =>
  value === undefined || value === null || typeof value === 'object' ? undefined : String(value);

/** A time as Insights and Trino show it: `2026-11-24 10:14:20.000`. */
const shownTime = (time: number): string => new Date(time).toISOString().replace('T', ' ').replace('Z', '');

/** The fields that Logs Insights finds in a CloudTrail record: paths into its JSON, and its own with an at sign. */
export function insightsField(name: string): Column {
  switch (name) {
    case '@timestamp':
      return { name, value: ({ time }) => String(time), shown: ({ time }) => shownTime(time) };
    case '@message':
      return { name, value: ({ record, line }) => line?.text ?? JSON.stringify(record) };
    default: {
      const path = name.split('.');
      return { name, value: ({ record }) => leaf(at(record, ...path)) };
    }
  }
}

/** The columns of CloudTrail's records, and the type that the documentation gives them. */
const texts = [
  'eventversion',
  'eventtime',
  'eventsource',
  'eventname',
  'awsregion',
  'sourceipaddress',
  'useragent',
  'errorcode',
  'errormessage',
  'requestid',
  'eventid',
  'eventtype',
  'apiversion',
  'readonly',
  'recipientaccountid',
  'sharedeventid',
  'vpcendpointid',
  'eventcategory',
  'managementevent',
  'sessioncredentialfromconsole',
];
/** JSON texts in Athena's table, maps in Lake. */
const documents = ['requestparameters', 'responseelements', 'additionaleventdata', 'serviceeventdetails'];
const structures = ['useridentity', 'resources', 'tlsdetails', 'addendum'];
/** The members of userIdentity. */
const identity = [
  'type',
  'principalid',
  'arn',
  'accountid',
  'accesskeyid',
  'username',
  'invokedby',
  'identityprovider',
  'onbehalfof.userid',
  'onbehalfof.identitystorearn',
  'sessioncontext.attributes.creationdate',
  'sessioncontext.attributes.mfaauthenticated',
  'sessioncontext.sessionissuer.type',
  'sessioncontext.sessionissuer.principalid',
  'sessioncontext.sessionissuer.arn',
  'sessioncontext.sessionissuer.accountid',
  'sessioncontext.sessionissuer.username',
  'sessioncontext.sourceidentity',
  'sessioncontext.ec2roledelivery',
].map((name) => `useridentity.${name}`);

/** Follows a path in lower case, as tables have their names, through a record's mixed case. */
function inRecord(record: Row['record'], name: string): unknown {
  let here: unknown = record;
  for (const part of name.split('.')) {
    const key = isRecord(here) ? Object.keys(here).find((one) => one.toLowerCase() === part) : undefined;
    here = isRecord(here) && key !== undefined ? here[key] : undefined;
  }
  return here;
}

const asJson = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : JSON.stringify(value);

const leafColumn = (name: string): Column => ({ name, value: ({ record }) => leaf(inRecord(record, name)) });
const jsonColumn = (name: string): Column => ({ name, value: ({ record }) => asJson(inRecord(record, name)) });

/** A structure as JSON has the table's lower-case names. */
const structureColumn = (name: string): Column => ({
  name,
  value: ({ record }) => asJson(lowerKeys(inRecord(record, name))),
});

function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerKeys(inner)]));
}

/** By day, as CloudTrail lays out its bucket: `2026/11/24`. */
const day = ({ time }: Row): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');

/** Columns by which Athena's table is cut into folders of the bucket. */
export const athenaPartitions: ReadonlySet<string> = new Set(['account', 'region', 'timestamp']);

const table = (columns: ReadonlyMap<string, Column>, time: string): Table => ({
  all: [...columns.keys()].filter((name) => !name.includes('.')),
  column: (name) => columns.get(name),
  json: (name) =>
    structures.includes(name) ? structureColumn(name) : documents.includes(name) ? jsonColumn(name) : undefined,
  time,
});

/**
 * The organization trail's table with partition projection by account, region and day; times are texts in ISO 8601.
 * Source: Athena user guide, "Create a table for an organization wide trail using manual partitioning".
 */
export const athenaTable: Table = table(
  new Map([
    ...[...texts, ...identity].map((name) => [name, leafColumn(name)] as const),
    ...documents.map((name) => [name, jsonColumn(name)] as const),
    ['account', { name: 'account', value: ({ record }: Row) => leaf(record['recipientAccountId']) }],
    ['region', { name: 'region', value: ({ record }: Row) => leaf(record['awsRegion']) }],
    ['timestamp', { name: 'timestamp', value: day }],
  ]),
  'eventtime',
);

/** A table over a bucket of log lines: the line, and folders of the bucket. */
export const lineTable: Table = table(
  new Map([
    ['line', { name: 'line', value: ({ line }: Row) => line?.text }],
    ...['account', 'region', 'vpc', 'bucket', 'day'].map(
      (name) => [name, { name, value: ({ line }: Row) => line?.partitions[name] }] as const,
    ),
  ]),
  'day',
);

export const lakePartitions: ReadonlySet<string> = new Set(['eventtime']);

/** A time of the query, UTC, in the form that sorts: '' when it is none. */
function instant(text: string): string {
  const time = Date.parse(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text,
  );
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

/** An event data store: eventTime is a timestamp, and eventJson the whole record. Source: CloudTrail user guide, "Supported SQL schemas for event data stores". */
export const lakeTable: Table = table(
  new Map([
    ...[...texts, ...identity].map((name) => [name, leafColumn(name)] as const),
    [
      'eventtime',
      {
        name: 'eventtime',
        value: ({ time }: Row) => new Date(time).toISOString(),
        shown: ({ time }: Row) => shownTime(time),
        literal: instant,
      },
    ],
    ['eventjson', { name: 'eventjson', value: ({ record }: Row) => JSON.stringify(record) }],
  ]),
  'eventtime',
);

export const eventDataStoreId = ({ trail }: Organization): string => trail.eventDataStoreArn.split('/').at(-1) ?? '';
