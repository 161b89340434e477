export const subjectKinds = ['user', 'role', 'key', 'ip', 'resource', 'event', 'service', 'id'] as const;

export type SubjectKind = (typeof subjectKinds)[number];

/** What is looked for, as CloudTrail names it. */
export interface LookupSubject {
  kind: SubjectKind;
  value: string;
  /** The ARN that it was named by, where it was: of all who bear the name only this one is meant. */
  arn: string | null;
}

/**
 * What a user is named by. CloudTrail finds a `name` (of a user, or of a session) and a `session`; an account outside, a
 * principal's id, a service and a person of IAM Identity Center it does not find, so they are looked for here.
 */
export type UserNaming = 'name' | 'session' | 'account' | 'principal' | 'service' | 'person';

/** How a user is named. Source: CloudTrail user guide, "CloudTrail userIdentity element"; IAM user guide, "IAM identifiers". */
export function namingOf(user: string): UserNaming {
  if (/^\d{12}$/.test(user)) return 'account';
  if (/^(?:AIDA|AROA|ANPA|AGPA|AIPA)[A-Z0-9]{12,28}(?::.+)?$/.test(user)) return 'principal';
  if (/^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/.test(user)) return 'service';
  if (/^(?:[0-9a-f]{10}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(user)) return 'person';
  return user.includes('/') ? 'session' : 'name';
}
