import { known } from './accounts.ts';
import type { OrganizationPerson, OrganizationUser, UserKey } from './organization.ts';
import { random } from './random.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** The key of the story, and the one that the attacker makes for staying: the examples of AWS's documentation. */
export const leakedKey = 'AKIAIOSFODNN7EXAMPLE';
export const backdoorKey = 'AKIAI44QH8DHBEXAMPLE';

/** The people of the company, as Identity Center knows them. */
export function peopleOf(seed: string): readonly OrganizationPerson[] {
  return ['ana', 'ben', 'chris', 'dana', 'dev-01', 'dev-02', 'dev-03', 'dev-04', 'dev-05', 'dev-06'].map((name) => ({
    userId: `${random(`${seed}/person/${name}`).hex(10)}-${random(`${seed}/person/${name}/id`).uuid()}`,
    userName: `${name}@example.com`,
    displayName: name.charAt(0).toUpperCase() + name.slice(1),
  }));
}

/** Every account has these; their keys and passwords stay, so that the trail can show them being used. */
const everywhere = ['deploy-bot', 'ana', 'ben'];
const some = ['backup', 'monitoring', 'jenkins', 'terraform', 'reporting', 'vendor-scanner', 'chris', 'dana'];
/** IAM itself allows only letters, digits and +=,.@_- : the first of these are what it lets through, the rest is worse. */
const hostile = [
  '=1+1@example.com',
  '+cmd,calc',
  '@SUM(A1)',
  '=HYPERLINK("https://example.com","click")',
  'last, "first"',
  'žofie-日本-🦊',
];

const nameOf = (account: string, position: number): string => {
  const names = account === known.experiments ? [...everywhere, ...hostile, ...some] : [...everywhere, ...some];
  return names[position] ?? `svc-${String(position).padStart(4, '0')}`;
};

/** The key of an account's robot: it is old, and never changes. */
export const robotKey = (seed: string, account: string): string =>
  account === known.payments ? leakedKey : random(`${seed}/${account}/user/deploy-bot/key`).iamId('AKIA');

/** A user's id, which CloudTrail calls the principal. */
export const userId = (seed: string, account: string, name: string): string =>
  account === known.payments && name === 'deploy-bot'
    ? 'AIDAJ45Q7YFFAREXAMPLE'
    : random(`${seed}/${account}/user/${name}`).iamId('AIDA', 21);

export const userArn = (account: string, name: string): string => `arn:aws:iam::${account}:user/${name}`;

/** The user that the attacker makes, from then on. */
export interface Backdoor {
  account: string;
  name: string;
  created: Date;
}

/**
 * The IAM users of an account as they stand at a time. Users come and go, turn on MFA, rotate keys and stop using them
 * over the weeks before and after `until`, so that two reports a week apart differ.
 */
export function usersOf(
  options: { seed: string; until: Date; count: number; backdoor: Backdoor },
  account: string,
  at: Date,
): readonly OrganizationUser[] {
  const { seed, until, backdoor } = options;
  const users: OrganizationUser[] = [];
  for (let position = 0; position < options.count; position++) {
    const name = nameOf(account, position);
    const user =
      position < everywhere.length ? lasting(seed, account, name, until, at) : passing(seed, account, name, until, at);
    if (user !== null) users.push(user);
  }
  if (account === backdoor.account && backdoor.created <= at) {
    users.push({
      name: backdoor.name,
      id: userId(seed, account, backdoor.name),
      arn: userArn(account, backdoor.name),
      created: backdoor.created,
      password: { changed: backdoor.created, lastUsed: backdoor.created },
      mfa: false,
      keys: [{ id: backdoorKey, active: true, created: backdoor.created, lastUsed: null }, null],
      certificate: null,
      tags: {},
    });
  }
  return users;
}

function lasting(seed: string, account: string, name: string, until: Date, at: Date): OrganizationUser {
  const created = new Date(until.getTime() - 500 * dayMs);
  const robot = name === 'deploy-bot';
  return {
    name,
    id: userId(seed, account, name),
    arn: userArn(account, name),
    created,
    password: robot ? null : { changed: created, lastUsed: before(at, dayMs) },
    mfa: name === 'ana',
    keys: [
      robot
        ? {
            id: robotKey(seed, account),
            active: true,
            created,
            lastUsed: { at: before(at, 6 * 3_600_000), region: 'eu-west-1', service: 's3' },
          }
        : null,
      null,
    ],
    certificate: null,
    tags: { owner: robot ? 'ben@example.com' : `${name}@example.com` },
  };
}

function passing(seed: string, account: string, name: string, until: Date, at: Date): OrganizationUser | null {
  const numbers = random(`${seed}/${account}/user/${name}/life`);
  /** Some moment from ten weeks before the trail's end to ten weeks after it. */
  const someWeek = () => new Date(until.getTime() + (numbers.below(20) - 10) * weekMs - numbers.below(weekMs));
  const longAgo = (days: number) => new Date(until.getTime() - (100 + numbers.below(days)) * dayMs);
  // Hostile names are there all the time: readers are to meet them.
  const stays = hostile.includes(name);
  const created = !stays && numbers.chance(0.15) ? someWeek() : longAgo(900);
  const deleted = !stays && numbers.chance(0.1) ? someWeek() : null;
  const password = numbers.chance(0.55);
  const passwordChanged = later(created, numbers.chance(0.4) ? someWeek() : created, at);
  const passwordEvery = (1 + numbers.below(150)) * dayMs;
  const mfaAlways = numbers.chance(0.6);
  const mfaFrom = numbers.chance(0.5) ? someWeek() : null;
  const keys: [UserKey | null, UserKey | null] = [
    numbers.chance(0.6) ? key() : null,
    numbers.chance(0.15) ? key() : null,
  ];
  const certificate = numbers.chance(0.03) ? created : null;
  if (created > at || (deleted !== null && deleted <= at)) return null;
  return {
    name,
    id: userId(seed, account, name),
    arn: userArn(account, name),
    created,
    password: password ? { changed: passwordChanged, lastUsed: used(created, passwordEvery, at) } : null,
    mfa: mfaAlways || (mfaFrom !== null && mfaFrom <= at),
    keys,
    certificate,
    tags: numbers.chance(0.7) ? { owner: `team-${numbers.below(12)}` } : {},
  };

  function key(): UserKey {
    const rotatedAt = numbers.chance(0.4) ? someWeek() : created;
    const madeAt = later(created, rotatedAt, at);
    const turnedOff = numbers.chance(0.2) ? someWeek() : null;
    const every = (1 + numbers.below(120)) * dayMs;
    const ids = [numbers.iamId('AKIA'), numbers.iamId('AKIA')] as const;
    const lastUsed = numbers.chance(0.8) ? used(madeAt, every, at) : null;
    const service = numbers.pick(['s3', 'ec2', 'sts', 'dynamodb', 'secretsmanager']);
    const region = numbers.pick(['eu-west-1', 'us-east-1', 'eu-central-1']);
    return {
      id: madeAt === created ? ids[0] : ids[1],
      active: turnedOff === null || turnedOff > at,
      created: madeAt,
      lastUsed: lastUsed === null ? null : { at: lastUsed, region, service },
    };
  }
}

/** The later of two times, if it has come by `at`. */
const later = (first: Date, second: Date, at: Date): Date => (second > first && second <= at ? second : first);

/** The last full `everyMs` before a time. */
const before = (at: Date, everyMs: number): Date => new Date(Math.floor(at.getTime() / everyMs) * everyMs);

/** When something was last used that is used in equal steps from its beginning. */
function used(from: Date, everyMs: number, at: Date): Date | null {
  const times = Math.floor((at.getTime() - from.getTime()) / everyMs);
  return times < 1 ? null : new Date(from.getTime() + times * everyMs);
}
