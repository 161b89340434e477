import type { AccountFacts, ServiceSpecificCredential } from '../facts.ts';
import {
  type CredentialRule,
  date,
  days,
  daysBetween,
  type Hit,
  type NotChecked,
  named,
  plusDays,
  userNamed,
} from './rule.ts';

/** Services whose credential is a long-term API key, a bearer token that needs no signature. */
const apiKeyServices: Readonly<Record<string, string>> = {
  'bedrock.amazonaws.com': 'Bedrock',
  'logs.amazonaws.com': 'CloudWatch Logs',
};

const serviceName = (service: string): string =>
  apiKeyServices[service] ?? named(service.replace(/\.amazonaws\.com$/, ''));

const expired = ({ status, expiresAt }: ServiceSpecificCredential, at: Date): boolean =>
  status === 'Expired' || (expiresAt !== null && expiresAt <= at);

function each(
  facts: AccountFacts,
  judge: (credential: ServiceSpecificCredential) => Omit<Hit, 'principal' | 'user' | 'consoleLink' | 'slot'> | null,
): Hit[] | NotChecked {
  if (!facts.serviceSpecific.known) return { unknown: facts.serviceSpecific.reason };
  return facts.serviceSpecific.value.flatMap((credential) => {
    const hit = judge(credential);
    return hit === null ? [] : [{ ...userNamed(facts, credential.user), slot: credential.id, ...hit }];
  });
}

export const serviceApiKey: CredentialRule = {
  id: 'service-api-key',
  brief: 'API key that lasts long',
  title: 'Long-term API keys expire',
  severity: 'high',
  why: 'An API key of Bedrock or CloudWatch Logs is a bearer token: whoever holds it may use it, from anywhere, until it expires.',
  fix: 'Use short-term keys or a role. Where a long-term key has to be, make it anew with an expiry and delete this one.',
  columns: [],
  check: (facts, { rotationDays }) =>
    each(facts, (credential) => {
      const { service, status, createdAt, expiresAt, user } = credential;
      if (!Object.hasOwn(apiKeyServices, service) || status !== 'Active' || expired(credential, facts.generatedAt))
        return null;
      const whose = `An API key of ${named(user)} for ${serviceName(service)}, made on ${date(createdAt)},`;
      if (expiresAt === null) return { sentence: `${whose} never expires.`, since: createdAt };
      const lasts = daysBetween(createdAt, expiresAt);
      return lasts > rotationDays
        ? { sentence: `${whose} lasts ${days(lasts)}; the limit is ${days(rotationDays)}.`, since: createdAt }
        : null;
    }),
};

export const serviceCredentialAge: CredentialRule = {
  id: 'service-credential-age',
  brief: 'old service credential',
  title: 'Service-specific credentials are renewed',
  severity: 'medium',
  why: 'Passwords for CodeCommit, Keyspaces and the like are not in the credential report, so they grow old unseen.',
  fix: 'Make a second one, move its users over, and delete the old one. Better: sign requests with a role.',
  columns: [],
  check: (facts, { rotationDays }) =>
    each(facts, (credential) => {
      const { service, status, createdAt, user } = credential;
      if (Object.hasOwn(apiKeyServices, service) || status !== 'Active' || expired(credential, facts.generatedAt))
        return null;
      const age = daysBetween(createdAt, facts.generatedAt);
      return age > rotationDays
        ? {
            sentence: `The credential of ${named(user)} for ${serviceName(service)} is ${days(age)} old; the limit is ${days(rotationDays)}.`,
            since: plusDays(createdAt, rotationDays + 1),
          }
        : null;
    }),
};

export const serviceCredentialExpired: CredentialRule = {
  id: 'service-credential-expired',
  brief: 'expired service credential',
  title: 'Expired service-specific credentials are deleted',
  severity: 'info',
  why: 'It no longer works; deleting it keeps the list readable.',
  fix: 'Delete the credential.',
  columns: [],
  check: (facts) =>
    each(facts, (credential) => {
      const { service, expiresAt, user } = credential;
      return expired(credential, facts.generatedAt)
        ? {
            sentence: `A credential of ${named(user)} for ${serviceName(service)} has expired${expiresAt === null ? '' : ` on ${date(expiresAt)}`} and is still there.`,
            since: expiresAt,
            note: true,
          }
        : null;
    }),
};
