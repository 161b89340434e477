import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Organization } from '../organization/organization.ts';
import { actsOf } from './actions.ts';
import { type Dialect, isCommon, type Refusal, refusal } from './errors.ts';
import { Faults, reworded } from './faults.ts';
import type { Key, Keys } from './keys.ts';
import { type Model, type ModelOperation, readModel } from './models/model.ts';
import { type Act, judge } from './policy.ts';
import { protocolOf } from './protocols/index.ts';
import type { Protocol, WireAnswer, WireRequest } from './protocols/protocol.ts';
import { readSchemas, type Schemas } from './schemas.ts';
import { AwsError, type Call, type Service } from './service.ts';
import { type Credential, readCredential, signedAt, verifySignature } from './signature.ts';
import { createThrottle } from './throttle.ts';
import { describeViolations, violations } from './validate.ts';

export interface AwsOptions {
  organization: Organization;
  services: readonly Service[];
  keys: Keys;
  /** The world's clock: signatures, sessions and what services call now go by it. */
  now: () => Date;
  /** Milliseconds by which rates are kept: real time, unless a test stops it. */
  paceMs?: () => number;
}

/** One request that was answered. */
interface AnsweredCall {
  /** As `cloudtrail:LookupEvents`. */
  operation: string;
  account: string;
  region: string;
  /** The caller's ARN. */
  caller: string;
  /** `ok`, or the code of the error. */
  outcome: string;
}

/** AWS on this machine. */
export interface SandboxAws {
  /** For AWS_ENDPOINT_URL. */
  url: string;
  keys: Keys;
  faults: Faults;
  /** What was asked by callers that were known, oldest first, at most 10,000. */
  calls: () => readonly AnsweredCall[];
  /** Answers of the sandbox itself that broke their API model, or failed: there must be none. */
  defects: () => readonly string[];
  close: () => Promise<void>;
}

const keptCalls = 10_000;
const skewMs = { s3: 15 * 60_000, others: 5 * 60_000 };

/** What a service's wire and API are like: the same for every server of a process. */
interface Described {
  schemas: Schemas;
  model: Model | undefined;
}

interface Loaded extends Described {
  service: Service;
}

const described = new Map<string, Promise<Described>>();

/** SDK packages are imported when their service is first asked for: some are large. */
function describe(service: Service): Promise<Described> {
  const { signingName } = service;
  const known =
    described.get(signingName) ?? readSchemas(service).then((schemas) => ({ schemas, model: readModel(signingName) }));
  described.set(signingName, known);
  return known;
}

/**
 * One server for all services: it finds the service by the signature's scope, checks key, signature and clock, decodes the
 * input by the SDK's schemas, holds it to the API model, asks the caller's policy, and answers in the service's protocol.
 * Listens on 127.0.0.1 only.
 */
export async function startAws({ organization, services, keys, now, paceMs }: AwsOptions): Promise<SandboxAws> {
  const faults = new Faults();
  const throttle = createThrottle(paceMs);
  const calls: AnsweredCall[] = [];
  const defects: string[] = [];

  const load = async (signingName: string): Promise<Loaded | undefined> => {
    const service = services.find((one) => one.signingName === signingName);
    return service && { service, ...(await describe(service)) };
  };

  const answer = async (
    request: WireRequest,
    { requestId, hungUp }: { requestId: string; hungUp: AbortSignal },
  ): Promise<WireAnswer | 'cut'> => {
    const credential = readCredential(request);
    const found = credential && (await load(serviceOf(credential, request)));
    if (credential === undefined || found === undefined)
      return plainRefusal(
        credential === undefined
          ? refusal('query', 'missingToken', 'Request is missing Authentication Token')
          : new AwsError('UnknownService', `The sandbox has no service ${credential.service}.`, 404),
      );
    const protocol = protocolOf(found.schemas, request);
    try {
      const key = authenticate(protocol.dialect, request, credential, keys, now());
      requireRegion(organization, protocol.dialect, key.caller.account, credential.region);
      return await perform(found, protocol, request, { key, region: credential.region, requestId, hungUp });
    } catch (error) {
      return protocol.refuse(error instanceof AwsError ? error : broken(protocol.dialect, error), requestId);
    }
  };

  const broken = (dialect: Dialect, error: unknown): AwsError => {
    defects.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return refusal(dialect, 'internal', `The sandbox is broken: ${error instanceof Error ? error.message : error}`);
  };

  const perform = async (
    { service, schemas, model }: Loaded,
    protocol: Protocol,
    request: WireRequest,
    { key, region, requestId, hungUp }: { key: Key; region: string; requestId: string; hungUp: AbortSignal },
  ): Promise<WireAnswer | 'cut'> => {
    const { dialect } = protocol;
    const { account } = key.caller;
    const name = protocol.operationOf(request);
    const operation = name === undefined ? undefined : schemas.operation(name);
    if (name === undefined || operation === undefined)
      throw refusal(dialect, 'unknownOperation', `${service.signingName} has no operation ${name ?? request.path}.`);
    const asked = { operation: `${service.signingName}:${name}`, account, region, caller: key.caller.arn };
    const record = (outcome: string): void => {
      calls.push({ ...asked, outcome });
      if (calls.length > keptCalls) calls.shift();
    };
    try {
      const fault = faults.take(asked);
      if (fault instanceof AwsError) throw fault;
      if (fault === 'cut') return 'cut';
      if (fault !== undefined && 'delayMs' in fault) await sleep(fault.delayMs);
      const handler = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
      const modelled = model?.operations[name];
      if (handler === undefined)
        throw refusal(dialect, 'unknownOperation', `The sandbox does not answer ${service.signingName}:${name}.`);
      if (model === undefined || modelled === undefined)
        throw new Error(`There is no model of ${service.signingName}:${name}: run sandbox/aws/models/make.ts.`);
      if (!throttle({ service: service.signingName, operation: name, account, region }))
        throw throttled(dialect, model, modelled);
      const input = protocol.read(operation, request);
      requireValid(dialect, model, modelled, input);
      requirePermission(dialect, key, actsOf({ signingName: service.signingName, operation: name, region }, input));
      const call: Call<unknown> = { input, account, region, caller: key.caller, now: now(), organization, hungUp };
      // The schema and the model of this operation have made sure that the input is the handler's.
      const output: unknown = await Promise.try(() => Reflect.apply(handler, undefined, [call])).catch(
        (error: unknown) => {
          throw error instanceof AwsError
            ? declared(dialect, `${service.signingName}:${name}`, model, modelled, error)
            : error;
        },
      );
      requireOwnAnswer(`${service.signingName}:${name}`, model, modelled, output);
      record('ok');
      const told = fault !== undefined && 'instead' in fault ? reworded(output, fault.instead) : output;
      return protocol.write(operation, told, requestId);
    } catch (error) {
      record(error instanceof AwsError ? error.code : 'defect');
      throw error;
    }
  };

  const server = createServer(async (req: IncomingMessage, res: ServerResponse) => {
    const requestId = randomUUID();
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const asked = { requestId, hungUp: gone.signal };
    const wire = await answer(await readRequest(req), asked).catch((error: unknown) =>
      plainRefusal(broken('query', error)),
    );
    if (wire === 'cut') return void res.destroy();
    const { status, headers, body } = wire;
    // SDKs correct their clock by this header: it must tell the world's time.
    const own = { date: now().toUTCString(), 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId };
    res.writeHead(status, { ...own, 'content-length': Buffer.byteLength(body), ...headers });
    res.end(req.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox AWS has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    keys,
    faults,
    calls: () => calls,
    defects: () => defects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** S3 Control signs as S3 does. */
const serviceOf = ({ service }: Credential, { path }: WireRequest): string =>
  service === 's3' && path.startsWith('/v20180820/') ? 's3-control' : service;

async function readRequest(req: IncomingMessage): Promise<WireRequest> {
  const [path = '/', search = ''] = (req.url ?? '/').split(/\?(.*)/s);
  const headers = Object.fromEntries(
    Object.entries(req.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );
  return { method: req.method ?? 'GET', path, query: new URLSearchParams(search), headers, body: await buffer(req) };
}

/** For a caller whose protocol is not known. */
const plainRefusal = ({ code, message, status }: AwsError): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, message }),
});

/**
 * The key that signed the request, when key, session, clock and signature are right.
 * Source: IAM user guide, "Troubleshoot Signature Version 4"; S3 API reference, "Error responses".
 */
function authenticate(dialect: Dialect, request: WireRequest, credential: Credential, keys: Keys, now: Date): Key {
  const refuse = (kind: Refusal, message: string) => refusal(dialect, kind, message);
  const key = keys.find(credential.accessKeyId);
  if (key === undefined || key.sessionToken !== request.headers['x-amz-security-token'])
    throw refuse('unknownKey', 'The security token included in the request is invalid.');
  const at = signedAt(request);
  if (at === undefined)
    throw refuse('badSignature', "Authorization header requires existence of a 'X-Amz-Date' header.");
  const behind = now.getTime() - at.getTime();
  const allowed = dialect === 's3' ? skewMs.s3 : skewMs.others;
  if (Math.abs(behind) > allowed) {
    const [signed, server] = [compact(at), compact(now)];
    const limit = compact(new Date(now.getTime() - Math.sign(behind) * allowed));
    throw refuse(
      'skewed',
      dialect === 's3'
        ? 'The difference between the request time and the current time is too large.'
        : behind > 0
          ? `Signature expired: ${signed} is now earlier than ${limit} (${server} - 5 min.)`
          : `Signature not yet current: ${signed} is still later than ${limit} (${server} + 5 min.)`,
    );
  }
  if (!verifySignature(request, credential, key.secretAccessKey))
    throw refuse(
      'badSignature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  if (key.expires !== undefined && key.expires <= now)
    throw refuse('expired', 'The security token included in the request is expired');
  return key;
}

/** `20261124T031753Z`. */
const compact = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, '');

/** A region that is not enabled knows no key of the account. */
function requireRegion(organization: Organization, dialect: Dialect, account: string, region: string): void {
  const enabled = organization.accounts.find(({ id }) => id === account)?.regions;
  if (enabled !== undefined && !enabled.includes(region))
    throw refusal(dialect, 'unknownKey', 'The security token included in the request is invalid.');
}

/** The operation's own error where it declares one, else that of the wire. */
function throttled(dialect: Dialect, model: Model, { errors = [] }: ModelOperation): AwsError {
  const { code, status } = refusal(dialect, 'throttled', '');
  const own = errors.find(({ shape }) => /^(ThrottlingException|TooManyRequestsException)$/.test(shape))?.shape;
  return new AwsError(own ?? code, 'Rate exceeded', model.shapes[own ?? '']?.error?.httpStatusCode ?? status);
}

function requireValid(
  dialect: Dialect,
  model: Model,
  { input: reference, errors = [] }: ModelOperation,
  input: unknown,
): void {
  const found = reference === undefined ? [] : violations(model, reference.shape, input);
  if (found.length === 0) return;
  const malformed = found.some(({ kind }) => kind === 'type' || kind === 'unknown');
  const { code, message, status } = refusal(dialect, malformed ? 'malformed' : 'invalid', describeViolations(found));
  const own =
    malformed || !/json/.test(dialect) ? undefined : errors.find(({ shape }) => invalidNames.test(shape))?.shape;
  throw new AwsError(own ?? code, message, status);
}

/** How services that do not say ValidationException name what breaks the model; each declares its own name. */
const invalidNames =
  /^(ValidationException|InvalidInputException|InvalidParameterException|InvalidRequestException|BadRequestException)$/;

function requirePermission(dialect: Dialect, key: Key, acts: readonly Act[]): void {
  for (const act of acts) {
    const verdict = judge(key.permissions, act);
    if (verdict === 'allowed') continue;
    const because =
      verdict === 'denied'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${act.action} action`;
    throw refusal(
      dialect,
      'denied',
      `User: ${key.caller.arn} is not authorized to perform: ${act.action} on resource: ${act.resource} ${because}`,
    );
  }
}

/**
 * A handler's refusal with the status that the model gives it. EC2 and S3 declare next to none of their errors.
 * @throws Error when the operation declares no such error
 */
function declared(
  dialect: Dialect,
  name: string,
  { shapes }: Model,
  { errors = [] }: ModelOperation,
  { code, message, status }: AwsError,
): AwsError {
  const own = errors.find(({ shape }) => shape === code || shapes[shape]?.error?.code === code)?.shape;
  if (own === undefined && !isCommon(dialect, code) && dialect !== 'ec2' && dialect !== 's3')
    throw new Error(`${name} declares no error ${code}.`);
  return new AwsError(code, message, shapes[own ?? '']?.error?.httpStatusCode ?? status);
}

/** @throws Error when an answer of the sandbox is not one that AWS could give */
function requireOwnAnswer(name: string, model: Model, { output: reference }: ModelOperation, output: unknown): void {
  const found = reference === undefined ? [] : violations(model, reference.shape, output ?? {});
  if (found.length > 0) throw new Error(`The answer of ${name} breaks its model: ${describeViolations(found)}`);
}
