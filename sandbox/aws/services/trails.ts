import type {
  AdvancedEventSelector,
  CreateTrailRequest,
  CreateTrailResponse,
  DeleteTrailRequest,
  DescribeTrailsRequest,
  DescribeTrailsResponse,
  EventSelector,
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse,
  GetTrailRequest,
  GetTrailResponse,
  GetTrailStatusRequest,
  GetTrailStatusResponse,
  InsightSelector,
  PutEventSelectorsRequest,
  PutEventSelectorsResponse,
  PutInsightSelectorsRequest,
  PutInsightSelectorsResponse,
  StartLoggingRequest,
  StopLoggingRequest,
  Trail,
  UpdateTrailRequest,
  UpdateTrailResponse,
} from '@aws-sdk/client-cloudtrail';
import { accountTrail, loggingStopped } from '../../organization/attack.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { AwsError, type Call } from '../service.ts';
import { trailKeyArn } from './kms.ts';

const deliveryMs = 5 * 60_000;
const digestMs = 3_600_000;

/** A trail as CloudTrail keeps it. */
interface KeptTrail {
  /** Where it was made: of an organization's trail the management account. */
  account: string;
  trail: Trail;
  selectors: { EventSelectors?: EventSelector[]; AdvancedEventSelectors?: AdvancedEventSelector[] };
  insights: InsightSelector[];
  /** Null: it was never started. */
  started: Date | null;
  /** From then on it is off; null: it is on. */
  stopped: Date | null;
  /** What goes wrong since when. */
  troubles: TrailTrouble[];
}

/** A way in which a trail that is on delivers nothing. */
export interface TrailTrouble {
  what: 'files' | 'digests' | 'logs' | 'notifications';
  /** As CloudTrail reports it: `AccessDenied`. */
  error: string;
  since: Date;
  /** Only in this region; else in all. */
  region?: string;
}

/** The ARN of the log group that the organization's trail writes to. */
export const logGroupArn = (trail: Organization['trail']): string =>
  `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`;

const classic: EventSelector = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
};

/** The organization's trail, and the one that the payments account had before; the attack turned that one off. */
const trailsOf = perOrganization((organization) => {
  const { trail, managementAccount, accounts, attack } = organization;
  const joined = (account: string): Date | null => accounts.find(({ id }) => id === account)?.joined ?? null;
  const common = { IncludeGlobalServiceEvents: true, IsMultiRegionTrail: true };
  const central: KeptTrail = {
    account: managementAccount,
    trail: {
      ...common,
      Name: trail.name,
      TrailARN: trail.arn,
      HomeRegion: trail.region,
      S3BucketName: trail.bucket,
      IsOrganizationTrail: true,
      LogFileValidationEnabled: true,
      KmsKeyId: trailKeyArn(organization),
      CloudWatchLogsLogGroupArn: `${logGroupArn(trail)}:*`,
      CloudWatchLogsRoleArn: `arn:aws:iam::${trail.account}:role/organization-trail`,
    },
    selectors: { EventSelectors: [{ ...classic, ExcludeManagementEventSources: ['rdsdata.amazonaws.com'] }] },
    insights: [],
    started: joined(managementAccount),
    stopped: null,
    troubles: [],
  };
  const own: KeptTrail = {
    account: accountTrail.account,
    trail: {
      ...common,
      Name: accountTrail.name,
      TrailARN: accountTrail.arn,
      HomeRegion: accountTrail.region,
      S3BucketName: accountTrail.bucket,
      IsOrganizationTrail: false,
      LogFileValidationEnabled: false,
    },
    selectors: { EventSelectors: [classic] },
    insights: [],
    started: joined(accountTrail.account),
    stopped: loggingStopped(attack.from),
    troubles: [],
  };
  return [central, own];
});

/** Lets a trail's deliveries fail from some time on, which no call of the API can. */
export function breakDelivery(organization: Organization, trouble: TrailTrouble): void {
  const central = trailsOf(organization).find(({ trail }) => trail.IsOrganizationTrail);
  central?.troubles.push(trouble);
}

/** Changes the organization's trail by no call, as when it was done before anybody looked. */
export function changeTrail(
  organization: Organization,
  change: { stopped?: Date | null; trail?: Partial<Trail>; selectors?: KeptTrail['selectors'] },
): void {
  const central = trailsOf(organization).find(({ trail }) => trail.IsOrganizationTrail);
  if (central === undefined) return;
  if (change.stopped !== undefined) central.stopped = change.stopped;
  central.trail = { ...central.trail, ...change.trail };
  central.selectors = change.selectors ?? central.selectors;
}

/** Ends every trouble with deliveries, as when a policy is put right. */
export function healDelivery(organization: Organization): void {
  for (const kept of trailsOf(organization)) kept.troubles = [];
}

/** Accounts of which nothing arrives any more, since when. */
const silent = perOrganization(() => new Map<string, Date>());

/** Lets nothing of an account arrive any more, which no call of the API can. */
export const silence = (organization: Organization, account: string, since: Date): void => {
  silent(organization).set(account, since);
};

/** Until when an account's part of the organization's trail arrived in the archive or the log group; null: it never did. */
export function deliveredUntil(
  organization: Organization,
  { account, region, what }: { account: string; region: string; what: 'files' | 'digests' | 'logs' },
  now: Date,
): Date | null {
  const central = trailsOf(organization).find(({ trail }) => trail.IsOrganizationTrail === true);
  const joined = organization.accounts.find(({ id }) => id === account)?.joined;
  if (central === undefined || central.started === null || joined === undefined) return null;
  const troubles = central.troubles.filter((one) => one.what === what && (one.region ?? region) === region);
  const ends = [now, central.stopped, silent(organization).get(account), ...troubles.map(({ since }) => since)];
  const end = Math.min(...ends.flatMap((at) => (at instanceof Date ? [at.getTime()] : [])));
  return end < joined.getTime() ? null : new Date(end);
}

/** Trails and their state. Source: CloudTrail API reference. */
export const trailOperations = {
  DescribeTrails: (call: Call<DescribeTrailsRequest>): DescribeTrailsResponse => {
    const { trailNameList: names = [], includeShadowTrails = true } = call.input;
    const seen = trailsSeen(call, includeShadowTrails).map(shown);
    return {
      trailList:
        names.length === 0
          ? seen
          : seen.filter(({ Name = '', TrailARN = '' }) => names.includes(Name) || names.includes(TrailARN)),
    };
  },

  GetTrail: (call: Call<GetTrailRequest>): GetTrailResponse => ({ Trail: shown(foundTrail(call, call.input.Name)) }),

  GetTrailStatus: (call: Call<GetTrailStatusRequest>): GetTrailStatusResponse =>
    statusOf(foundTrail(call, call.input.Name), call),

  GetEventSelectors: (call: Call<GetEventSelectorsRequest>): GetEventSelectorsResponse => {
    const { trail, selectors } = foundTrail(call, call.input.TrailName);
    return { TrailARN: trail.TrailARN, ...selectors };
  },

  GetInsightSelectors: (call: Call<GetInsightSelectorsRequest>): GetInsightSelectorsResponse => {
    const { trail, insights } = foundTrail(call, call.input.TrailName);
    if (insights.length === 0)
      throw new AwsError('InsightNotEnabledException', `Trail ${trail.Name} does not have Insights enabled.`);
    return { TrailARN: trail.TrailARN, InsightSelectors: insights };
  },

  CreateTrail: (call: Call<CreateTrailRequest>): CreateTrailResponse => {
    const { organization, account, region, input } = call;
    const { Name = '', S3BucketName, TagsList: _, ...given } = input;
    const known = trailsOf(organization);
    if (known.some((kept) => kept.account === account && kept.trail.Name === Name && kept.trail.HomeRegion === region))
      throw new AwsError('TrailAlreadyExistsException', `Trail ${Name} already exists for customer: ${account}`);
    const owner = ownerOf(call, given.IsOrganizationTrail === true);
    const trail: Trail = {
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      IsOrganizationTrail: false,
      ...trailOf(given),
      Name,
      S3BucketName,
      HomeRegion: region,
      TrailARN: `arn:aws:cloudtrail:${region}:${owner}:trail/${Name}`,
      LogFileValidationEnabled: given.EnableLogFileValidation ?? false,
    };
    known.push({
      account: owner,
      trail,
      selectors: { EventSelectors: [classic] },
      insights: [],
      started: null,
      stopped: null,
      troubles: [],
    });
    return answered(trail);
  },

  UpdateTrail: (call: Call<UpdateTrailRequest>): UpdateTrailResponse => {
    const kept = ownTrail(call, call.input.Name);
    const { Name: _, EnableLogFileValidation, ...given } = call.input;
    ownerOf(call, given.IsOrganizationTrail === true);
    kept.trail = {
      ...kept.trail,
      ...trailOf(given),
      ...(EnableLogFileValidation !== undefined && { LogFileValidationEnabled: EnableLogFileValidation }),
    };
    return answered(kept.trail);
  },

  DeleteTrail: (call: Call<DeleteTrailRequest>): object => {
    const kept = ownTrail(call, call.input.Name);
    const known = trailsOf(call.organization);
    known.splice(known.indexOf(kept), 1);
    return {};
  },

  StartLogging: (call: Call<StartLoggingRequest>): object => {
    const kept = ownTrail(call, call.input.Name);
    kept.started = call.now;
    kept.stopped = null;
    return {};
  },

  StopLogging: (call: Call<StopLoggingRequest>): object => {
    ownTrail(call, call.input.Name).stopped = call.now;
    return {};
  },

  PutEventSelectors: (call: Call<PutEventSelectorsRequest>): PutEventSelectorsResponse => {
    const { TrailName, EventSelectors, AdvancedEventSelectors } = call.input;
    const kept = ownTrail(call, TrailName);
    if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined))
      throw new AwsError('InvalidEventSelectorsException', 'Give event selectors or advanced event selectors.');
    kept.selectors =
      EventSelectors === undefined
        ? { AdvancedEventSelectors: AdvancedEventSelectors ?? [] }
        : { EventSelectors: EventSelectors.map((selector) => ({ ...classic, ...selector })) };
    return { TrailARN: kept.trail.TrailARN, ...kept.selectors };
  },

  PutInsightSelectors: (call: Call<PutInsightSelectorsRequest>): PutInsightSelectorsResponse => {
    const { TrailName, InsightSelectors = [] } = call.input;
    const kept = ownTrail(call, TrailName);
    kept.insights = InsightSelectors;
    return { TrailARN: kept.trail.TrailARN, InsightSelectors };
  },
};

/** What the requests for a new and a changed trail have in common; what is not given stays. */
function trailOf(given: Omit<UpdateTrailRequest, 'Name'>): Partial<Trail> {
  const { S3BucketName, S3KeyPrefix, IncludeGlobalServiceEvents, IsMultiRegionTrail, IsOrganizationTrail } = given;
  const { KmsKeyId, CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn } = given;
  const wanted: Partial<Trail> = {
    S3BucketName,
    S3KeyPrefix,
    IncludeGlobalServiceEvents,
    IsMultiRegionTrail,
    IsOrganizationTrail,
    KmsKeyId,
    CloudWatchLogsLogGroupArn,
    CloudWatchLogsRoleArn,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

/** The answer to CreateTrail and UpdateTrail has less than the trail. */
function answered({ HomeRegion: _, HasCustomEventSelectors: __, HasInsightSelectors: ___, ...trail }: Trail) {
  return trail;
}

/** Whose an organization's trail is: the delegated administrator's are the management account's too. */
function ownerOf({ organization, account }: Call<unknown>, ofOrganization: boolean): string {
  if (!ofOrganization) return account;
  if (account !== organization.managementAccount && account !== organization.homeAccount)
    throw new AwsError(
      'NotOrganizationMasterAccountException',
      'This operation is for the management account or the delegated administrator of the organization.',
    );
  return organization.managementAccount;
}

const shown = ({ trail, insights, selectors }: KeptTrail): Trail => ({
  ...trail,
  HasCustomEventSelectors:
    selectors.AdvancedEventSelectors !== undefined ||
    (selectors.EventSelectors ?? []).some(
      ({ ExcludeManagementEventSources = [] }) => ExcludeManagementEventSources.length > 0,
    ),
  HasInsightSelectors: insights.length > 0,
});

/** The trails that an account and region sees: the organization's everywhere, its own where they are or cast a shadow. */
const trailsSeen = ({ account, region, organization }: Call<unknown>, shadows: boolean): KeptTrail[] =>
  trailsOf(organization).filter(
    (kept) =>
      (kept.trail.IsOrganizationTrail === true || kept.account === account) &&
      (kept.trail.HomeRegion === region || (shadows && kept.trail.IsMultiRegionTrail === true)),
  );

/** A trail by its ARN, or in its home region by its name. */
function foundTrail(call: Call<unknown>, name: string | undefined): KeptTrail {
  const found = trailsSeen(call, true).find(
    ({ trail }) => trail.TrailARN === name || (trail.Name === name && trail.HomeRegion === call.region),
  );
  if (found === undefined)
    throw new AwsError('TrailNotFoundException', `Unknown trail: ${name} for the user: ${call.account}`);
  return found;
}

/** A trail that the account may change, asked for in its home region. */
function ownTrail(call: Call<unknown>, name: string | undefined): KeptTrail {
  const kept = foundTrail(call, name);
  ownerOf(call, kept.trail.IsOrganizationTrail === true);
  if (kept.trail.HomeRegion !== call.region)
    throw new AwsError(
      'InvalidHomeRegionException',
      `The trail is changed in its home region, ${kept.trail.HomeRegion}.`,
    );
  return kept;
}

/** Trails that are on deliver files every five minutes and digests every hour, but for what goes wrong. */
function statusOf(
  { trail, started, stopped, troubles }: KeptTrail,
  { now, region }: Call<unknown>,
): GetTrailStatusResponse {
  const off = started === null || (stopped !== null && now >= stopped);
  const until = started === null ? undefined : stopped !== null && now >= stopped ? stopped : now;
  const last = (what: TrailTrouble['what'], everyMs: number) => {
    const trouble = troubles.find((one) => one.what === what && (one.region ?? region) === region);
    const latest = trouble?.since ?? until;
    return {
      error: trouble?.error,
      time: latest === undefined ? undefined : new Date(Math.floor(latest.getTime() / everyMs) * everyMs),
    };
  };
  const [files, digests, logs, notifications] = [
    last('files', deliveryMs),
    last('digests', digestMs),
    last('logs', deliveryMs),
    last('notifications', deliveryMs),
  ];
  const toLogs = trail.CloudWatchLogsLogGroupArn !== undefined;
  return {
    IsLogging: !off,
    StartLoggingTime: started ?? undefined,
    StopLoggingTime: off ? (stopped ?? undefined) : undefined,
    LatestDeliveryTime: files.time,
    LatestDeliveryError: files.error,
    LatestDigestDeliveryTime: trail.LogFileValidationEnabled ? digests.time : undefined,
    LatestDigestDeliveryError: trail.LogFileValidationEnabled ? digests.error : undefined,
    LatestCloudWatchLogsDeliveryTime: toLogs ? logs.time : undefined,
    LatestCloudWatchLogsDeliveryError: toLogs ? logs.error : undefined,
    LatestNotificationError: notifications.error,
  };
}
