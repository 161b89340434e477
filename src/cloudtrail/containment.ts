/** What one credential was that is to be contained; the fields of a tree of `lookup from`. */
export interface Contained {
  depth: number;
  name: string;
  key: string | null;
  account: string | null;
  /** The user whose calls it made; null: it is a role's session, or nobody called. */
  user: string | null;
  proof: string;
}

/** One thing to do in AWS, to be copied, and how it is undone. Trailwatch does none of it. */
export interface ContainmentStep {
  what: string;
  /** 12 digits; null: it is not known. */
  account: string | null;
  command: string;
  undo: string;
}

/** Names come from events, which strangers may have written: into a shell goes only what IAM allows in a name. */
const isName = (name: string): boolean => /^[\w+=,.@-]{1,128}$/.test(name);

const olderSessions = (now: Date): string =>
  `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"${now.toISOString()}"}}}]}'`;
const everything = `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'`;

/** The name of the policy that IAM itself uses for it. */
const revoked = 'AWSRevokeOlderSessions';
const contained = 'TrailwatchContained';

/**
 * How what came of a credential is stopped, the first credential first: keys are switched off, sessions made so far are
 * denied everything, users that it made or gave a password to, too.
 * Source: IAM user guide, "Revoking IAM role temporary security credentials" and "Managing access keys for IAM users".
 */
export function containmentOf(tree: readonly Contained[], now: Date): ContainmentStep[] {
  const path: Contained[] = [];
  const steps = tree.flatMap((node): ContainmentStep[] => {
    path[node.depth] = node;
    const above = node.depth === 0 ? undefined : path[node.depth - 1];
    return stepsFor(node, above, now);
  });
  return [...new Map(steps.map((step) => [`${step.account} ${step.command}`, step])).values()];
}

function stepsFor(
  { name, key, account, user, proof }: Contained,
  above: Contained | undefined,
  now: Date,
): ContainmentStep[] {
  const denyUser = (who: string, what: string, policy: string, document: string): ContainmentStep[] => [
    {
      what,
      account,
      command: `aws iam put-user-policy --user-name ${who} --policy-name ${policy} --policy-document ${document}`,
      undo: `aws iam delete-user-policy --user-name ${who} --policy-name ${policy}`,
    },
  ];
  if (key !== null && /^AKIA[A-Z0-9]{12,28}$/.test(key)) {
    const owner = user ?? /^key of (.+)$/.exec(name)?.[1];
    if (owner === undefined || !isName(owner)) return [];
    const set = (status: string) =>
      `aws iam update-access-key --user-name ${owner} --access-key-id ${key} --status ${status}`;
    return [{ what: `Switch off the key ${key} of ${owner}`, account, command: set('Inactive'), undo: set('Active') }];
  }
  if (proof === 'user made' || proof === 'password set') {
    const who = name.replace(/^user /, '');
    return isName(who) ? denyUser(who, `Deny everything to the user ${who}`, contained, everything) : [];
  }
  const [, role] = /^([^/]+)\/[^/]+$/.exec(name) ?? [];
  if (role !== undefined) {
    // Roles of Identity Center and of services cannot be changed there.
    if (!isName(role) || /^AWS(?:ReservedSSO_|ServiceRoleFor)/.test(role)) return [];
    return [
      {
        what: `Deny everything to the sessions of ${role} that were made until now, everybody's`,
        account,
        command: `aws iam put-role-policy --role-name ${role} --policy-name ${revoked} --policy-document ${olderSessions(now)}`,
        undo: `aws iam delete-role-policy --role-name ${role} --policy-name ${revoked}`,
      },
    ];
  }
  // A federated session, or one of GetSessionToken, may do what its user may.
  const maker = user ?? above?.user ?? null;
  if (key === null || maker === null || !isName(maker)) return [];
  return denyUser(maker, `Deny everything to the sessions that ${maker} made until now`, revoked, olderSessions(now));
}
