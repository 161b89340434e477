import { JsonCodec, XmlCodec } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer, ToStringShapeSerializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { refusal } from '../errors.ts';
import { membersOf, type Operation, type Schemas, structure } from '../schemas.ts';
import { parseJson, writeJson } from './json.ts';
import type { Protocol, WireAnswer, WireRequest } from './protocol.ts';
import { writeXml } from './xml.ts';

const jsonCodec = new JsonCodec({ timestampFormat: { useTrait: true, default: 7 }, jsonName: true });

/** REST with JSON bodies. Source: Smithy documentation, "AWS restJson1 protocol". */
export const restJson = (schemas: Schemas): Protocol => ({
  dialect: 'rest-json',
  operationOf: (request) => matchRoute(schemas, request)?.operation.name,
  read: (operation, request) => {
    const { bound, rest } = readBindings(operation, schemas, request, jsonTimes);
    const body = rest.length === 0 ? {} : parseJson(request.body, 'rest-json');
    const schema = NormalizedSchema.of(structure(operation.name, Object.fromEntries(rest)));
    return { ...jsonCodec.createDeserializer().readObject(schema, body), ...bound };
  },
  write: (operation, value) =>
    writeBindings(operation, value, jsonTimes, {
      type: 'application/json',
      write: (schema, body) => writeJson(jsonCodec, schema, body),
    }),
  refuse: ({ code, message, status }) => ({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }),
});

const xmlSettings = { timestampFormat: { useTrait: true, default: 5 }, httpBindings: true, xmlNamespace: '' } as const;

/** REST with XML bodies: S3. Source: Smithy documentation, "AWS restXml protocol". */
export const restXml = (schemas: Schemas): Protocol => ({
  dialect: 's3',
  operationOf: (request) => matchRoute(schemas, request)?.operation.name,
  read: (operation, request) => {
    const { bound, rest } = readBindings(operation, schemas, request, xmlTimes);
    const [name, payload] = rest.find(([, member]) => member.getMergedTraits().httpPayload) ?? [];
    if (name === undefined || payload === undefined || request.body.length === 0) return bound;
    if (payload.isBlobSchema()) return { ...bound, [name]: request.body };
    if (payload.isStringSchema()) return { ...bound, [name]: Buffer.from(request.body).toString() };
    return { ...bound, [name]: readXml(payload, request.body) };
  },
  write: (operation, value) =>
    writeBindings(operation, value, xmlTimes, {
      type: 'application/xml',
      write: (schema, body) => writeXml(schema, body, schemas.xmlNamespace),
    }),
  refuse: ({ code, message, status }, requestId) => ({
    status,
    headers: { 'content-type': 'application/xml' },
    body: writeXml(s3Error, { Code: code, Message: message, RequestId: requestId }, ''),
  }),
});

const s3Error = structure('Error', { Code: 0, Message: 0, RequestId: 0 });

function readXml(schema: NormalizedSchema, body: Uint8Array): unknown {
  try {
    return new XmlCodec({ ...xmlSettings, serviceNamespace: '' }).createDeserializer().read(schema, body);
  } catch {
    throw refusal('s3', 'malformed', 'The XML you provided was not well-formed or did not validate.');
  }
}

interface Times {
  timestampFormat: { useTrait: boolean; default: 5 | 6 | 7 };
  httpBindings: true;
}
const jsonTimes: Times = { timestampFormat: { useTrait: true, default: 7 }, httpBindings: true };
const xmlTimes: Times = { timestampFormat: { useTrait: true, default: 5 }, httpBindings: true };

/** The members that travel in the path, the query and the headers; `rest` are those of the body. */
function readBindings(operation: Operation, schemas: Schemas, request: WireRequest, times: Times) {
  const strings = new FromStringShapeDeserializer(times);
  const labels = matchRoute(schemas, request)?.labels ?? new Map<string, string>();
  const bound: Record<string, unknown> = {};
  const rest: [string, NormalizedSchema][] = [];
  for (const [name, member] of membersOf(operation.input)) {
    const { httpLabel, httpQuery, httpQueryParams, httpHeader, httpPrefixHeaders } = member.getMergedTraits();
    if (httpLabel) {
      const label = labels.get(name);
      if (label !== undefined) bound[name] = strings.read(member, label);
    } else if (httpQuery !== undefined) {
      const values = request.query.getAll(httpQuery);
      if (values.length === 0) continue;
      bound[name] = member.isListSchema()
        ? values.map((value) => strings.read(member.getValueSchema(), value))
        : strings.read(member, values[0] ?? '');
    } else if (httpHeader !== undefined) {
      const value = request.headers[httpHeader.toLowerCase()];
      if (value !== undefined) bound[name] = strings.read(member, value);
    } else if (httpPrefixHeaders !== undefined) {
      const given = Object.entries(request.headers).filter(([key]) => key.startsWith(httpPrefixHeaders));
      if (given.length > 0)
        bound[name] = Object.fromEntries(given.map(([key, value]) => [key.slice(httpPrefixHeaders.length), value]));
    } else if (httpQueryParams) {
      throw new Error(`${operation.name}: ${name} is bound in a way that the sandbox does not read.`);
    } else rest.push([name, member]);
  }
  return { bound, rest };
}

interface Body {
  type: string;
  write: (schema: NormalizedSchema, value: unknown) => string;
}

function writeBindings({ name, output, http }: Operation, value: unknown, times: Times, body: Body): WireAnswer {
  const strings = new ToStringShapeSerializer(times);
  const given: Record<string, unknown> = typeof value === 'object' ? { ...value } : {};
  const answer: WireAnswer = { status: http?.status ?? 200, headers: {}, body: '' };
  const rest: [string, NormalizedSchema][] = [];
  let payload: [NormalizedSchema, unknown] | undefined;
  for (const [memberName, member] of membersOf(output)) {
    const held = given[memberName];
    const { httpHeader, httpPayload, httpResponseCode, httpPrefixHeaders } = member.getMergedTraits();
    if (httpPayload) payload = [member, held];
    else if (httpHeader !== undefined) {
      if (held === undefined) continue;
      strings.write(member, held);
      answer.headers[httpHeader.toLowerCase()] = strings.flush();
    } else if (httpResponseCode) {
      if (typeof held === 'number') answer.status = held;
    } else if (httpPrefixHeaders !== undefined) {
      for (const [key, one] of Object.entries(held ?? {})) answer.headers[`${httpPrefixHeaders}${key}`] = String(one);
    } else rest.push([memberName, member]);
  }
  if (payload !== undefined) {
    const [schema, held] = payload;
    if (held instanceof Uint8Array || typeof held === 'string') answer.body = held;
    else if (held !== undefined) answer.body = body.write(schema, held);
    if (!(held instanceof Uint8Array)) answer.headers['content-type'] ??= body.type;
  } else if (rest.length > 0) {
    const root = output.getMergedTraits().xmlName ?? output.getName() ?? name;
    answer.headers['content-type'] = body.type;
    const written = body.write(NormalizedSchema.of(structure(String(root), Object.fromEntries(rest))), given);
    // One that holds nothing but a member of its own name is that member: S3's GetBucketLocation.
    const [inner] = rest.length === 1 ? (rest[0] ?? []) : [];
    answer.body =
      inner === root ? String(written).replace(new RegExp(`<${inner}>(.*)</${inner}>(?=</${inner}>$)`), '$1') : written;
  }
  return answer;
}

interface Route {
  operation: Operation;
  labels: ReadonlyMap<string, string>;
}

/** The operation whose method, path and fixed query fit; of several the one that says most. */
function matchRoute(schemas: Schemas, request: WireRequest): Route | undefined {
  const fitting = schemas
    .operations()
    .map((operation) => routeOf(operation, request))
    .filter((route) => route !== undefined)
    .toSorted((a, b) => b.weight - a.weight);
  return fitting[0];
}

function routeOf(operation: Operation, request: WireRequest): (Route & { weight: number }) | undefined {
  if (operation.http === null || operation.http.method !== request.method) return undefined;
  const [path = '', fixed = ''] = operation.http.uri.split('?');
  // S3's templates leave the bucket out: clients may put it into the host name. Here it is in the path always.
  const inPath = membersOf(operation.input).some(
    ([name, member]) => name === 'Bucket' && member.getMergedTraits().httpLabel,
  );
  const template = inPath && !path.includes('{Bucket}') ? `/{Bucket}${path === '/' ? '' : path}` : path;
  const labels = matchPath(template, request.path);
  if (labels === undefined) return undefined;
  let weight = 1000 - labels.size * 10 - (template.includes('+}') ? 5 : 0);
  for (const [key, value] of new URLSearchParams(fixed)) {
    if (key === 'x-id') {
      // The SDK writes the operation's name beside the path; other clients need not.
      if (request.query.has(key) && request.query.get(key) !== value) return undefined;
      continue;
    }
    if (!request.query.has(key) || (value !== '' && request.query.get(key) !== value)) return undefined;
    weight += 1;
  }
  return hasRequired(operation, request) ? { operation, labels, weight } : undefined;
}

/**
 * Whether the required members of query and headers are there: CopyObject is a PutObject with a header more,
 * AbortMultipartUpload a DeleteObject with an upload's id. The first members of a structure are those that are required.
 */
function hasRequired({ input }: Operation, { headers, query }: WireRequest): boolean {
  const schema = input.getSchema();
  const required = Array.isArray(schema) && typeof schema[6] === 'number' ? schema[6] : 0;
  return membersOf(input)
    .slice(0, required)
    .every(([, member]) => {
      const { httpHeader, httpQuery } = member.getMergedTraits();
      if (httpQuery !== undefined) return query.has(httpQuery);
      return httpHeader === undefined || headers[httpHeader.toLowerCase()] !== undefined;
    });
}

/** Every request is tried against every template of its service. */
const templates = new Map<string, { pattern: RegExp; names: readonly string[] }>();

function compiled(template: string): { pattern: RegExp; names: readonly string[] } {
  const known = templates.get(template);
  if (known !== undefined) return known;
  const names: string[] = [];
  const pattern = template.replace(/\{(\w+)(\+?)\}|[^{}]+/g, (part, name?: string, greedy?: string) => {
    if (name === undefined) return RegExp.escape(part);
    names.push(name);
    return greedy === '+' ? '(.+)' : '([^/]+)';
  });
  const made = { pattern: new RegExp(`^${pattern}/?$`), names };
  templates.set(template, made);
  return made;
}

function matchPath(template: string, path: string): Map<string, string> | undefined {
  const { pattern, names } = compiled(template);
  const found = pattern.exec(path);
  if (found === null) return undefined;
  return new Map(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}
