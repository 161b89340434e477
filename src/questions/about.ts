import { BlockList } from 'node:net';
import { parseArn, shortName } from '../aws-names/arn.ts';
import { datedNames } from '../cloudtrail/calls.ts';
import { type Json, textAt } from '../words/json.ts';
import { isIn, networkList } from '../words/networks.ts';
import { type LookupSubject, namingOf } from './subject.ts';

/** The test for events about a subject, by the same rules as CloudTrail's event history. */
export function isAbout(subject: LookupSubject): (event: Json) => boolean {
  const { kind, value, arn } = subject;
  const text = (key: string) => (event: Json) => textAt(event, key);
  const identity = (event: Json, ...path: string[]) => textAt(event, 'userIdentity', ...path);
  switch (kind) {
    case 'user':
      return arn === null ? isUser(value) : (event) => identity(event, 'arn') === arn;
    case 'role':
      return isBy(subject);
    case 'key':
      return (event) => identity(event, 'accessKeyId') === value;
    case 'ip': {
      const network = networkList([value]) ?? new BlockList();
      return (event) => isIn(network, text('sourceIPAddress')(event) ?? '');
    }
    case 'event':
      return (event) => [value, ...datedNames(value)].includes(text('eventName')(event) ?? '');
    case 'service':
      return (event) => text('eventSource')(event) === value;
    case 'id':
      return (event) => text('eventID')(event) === value;
    case 'resource':
      return (event) => isOn(event, value);
  }
}

/** What CloudTrail calls the user of an event: of a session its own name. */
export function userNameOf(event: Json): string | undefined {
  const session = /:(?:assumed-role|federated-user)\/(?:.*\/)?([^/]+)$/.exec(
    textAt(event, 'userIdentity', 'arn') ?? '',
  );
  if (session !== null) return session[1];
  return textAt(event, 'userIdentity', 'type') === 'Root' ? 'root' : textAt(event, 'userIdentity', 'userName');
}

function isUser(user: string): (event: Json) => boolean {
  const identity = (event: Json, ...path: string[]) => textAt(event, 'userIdentity', ...path);
  switch (namingOf(user)) {
    case 'name':
      return (event) => userNameOf(event) === user;
    case 'session':
      return (event) => (identity(event, 'arn') ?? '').endsWith(`:assumed-role/${user}`);
    // What an account does in itself is asked for by --account.
    case 'account':
      return (event) => identity(event, 'accountId') === user && textAt(event, 'recipientAccountId') !== user;
    case 'principal':
      return (event) => {
        const id = identity(event, 'principalId') ?? '';
        return id === user || id.startsWith(`${user}:`);
      };
    case 'service':
      return (event) => identity(event, 'invokedBy') === user;
    case 'person':
      return (event) => identity(event, 'onBehalfOf', 'userId') === user;
  }
}

/** Whether an event of the resource's account, or one that names its ARN, names the resource. */
export function isOn(event: Json, resource: string): boolean {
  const text = JSON.stringify(event);
  const written = (name: string): string => JSON.stringify(name).slice(1, -1);
  const named = (name: string): boolean =>
    // A whole name, or the last part of a path or an ARN: a refused call names its resource in its message alone.
    ['"', '/', ':'].some((before) => text.includes(`${before}${written(name)}"`)) ||
    secretsIn(text).includes(written(name)) ||
    isRefusedOn(event, name);
  const { account } = parseArn(resource) ?? {};
  if (account === undefined) return named(resource);
  return (
    text.includes(written(resource)) ||
    (named(shortName(resource)) && (account === '' || textAt(event, 'recipientAccountId') === account))
  );
}

/** The names of the secrets whose ARNs a text holds. Source: Secrets Manager user guide, "Secret names": six characters are added. */
const secretsIn = (text: string): string[] =>
  [...text.matchAll(/:secretsmanager:[a-z0-9-]+:\d{12}:secret:([^"\s]{1,512})-\w{6}(?=")/g)].map(
    ([, name = '']) => name,
  );

/** Whether a call was refused on a resource of this name. Source: IAM user guide, "Access denied error messages". */
function isRefusedOn(event: Json, name: string): boolean {
  const [, arn = ''] = / on resource: (arn:\S{10,1000})/.exec(textAt(event, 'errorMessage') ?? '') ?? [];
  return arn.endsWith(`/${name}`) || arn.endsWith(`:${name}`);
}

/**
 * Whether a role's session called: CloudTrail can be searched for the session's name, not for the role's. Of two roles of an
 * account no names differ in case alone. Source: IAM API reference, CreateRole.
 */
function isBy({ value, arn }: LookupSubject): (event: Json) => boolean {
  const name = value.toLowerCase();
  return (event) => {
    const issuer = (key: string) => textAt(event, 'userIdentity', 'sessionContext', 'sessionIssuer', key);
    if (arn !== null) return issuer('arn') === arn;
    return (
      issuer('userName')?.toLowerCase() === name ||
      (textAt(event, 'userIdentity', 'arn') ?? '').toLowerCase().includes(`:assumed-role/${name}/`)
    );
  };
}
