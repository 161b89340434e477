import { isIP } from 'node:net';
import { textAt } from '../alerts/json.ts';
import { type CloudTrailRecord, failed, reads, serviceOf } from '../alerts/sources/cloudtrail/record.ts';
import { type CallKind, type Narrowing, networkList } from './lookup-query.ts';

/** Each kind of call that a stock question asks for, in words and as a test of a record. */
const kinds: Record<CallKind, { words: string; holds: (record: CloudTrailRecord) => boolean }> = {
  deletes: {
    words: 'calls that delete or end something',
    holds: ({ eventName = '' }) =>
      /^(?:Batch)?(?:Delete|Terminate|Destroy|Purge|Remove|Deregister|Release|Empty)|^ScheduleKeyDeletion$|^AbortVaultLock$/.test(
        eventName,
      ),
  },
  denied: {
    words: 'calls that were not allowed',
    holds: ({ errorCode = '' }) =>
      /AccessDenied|Unauthori[sz]ed|NotAuthorized|Forbidden|AuthFailure|AuthorizationError/i.test(errorCode),
  },
  pivots: {
    words: 'calls that take a role or make a session',
    holds: ({ eventName = '' }) =>
      /^(?:AssumeRole|AssumeRoot|SwitchRole|GetFederationToken|GetSessionToken|GetSigninToken)/.test(eventName),
  },
  // MFA of federated people is at their identity provider, which CloudTrail does not see.
  'no-mfa': {
    words: 'sign-ins of users and root without MFA',
    holds: (record) =>
      !failed(record) &&
      /^(?:IAMUser|Root)$/.test(record.userIdentity.type ?? '') &&
      textAt(record.additionalEventData, 'MFAUsed') !== 'Yes',
  },
  secrets: {
    words: 'calls to secrets, parameters and keys',
    holds: (record) => /^(?:secretsmanager|ssm|kms)$/.test(serviceOf(record)),
  },
};

/** The test for events that are wanted beside the subject, and what it tests in words; no words: nothing. */
export function narrowed({ errors, writes, only, notFrom }: Narrowing): {
  words: string[];
  holds: (record: CloudTrailRecord) => boolean;
} {
  const known = notFrom.length === 0 ? undefined : networkList(notFrom);
  const elsewhere = ({ sourceIPAddress = '' }: CloudTrailRecord): boolean => {
    const family = isIP(sourceIPAddress);
    return family !== 0 && known?.check(sourceIPAddress, family === 4 ? 'ipv4' : 'ipv6') === false;
  };
  const tests = [
    ...(only === null ? [] : [kinds[only]]),
    ...(errors && only !== 'denied' ? [{ words: 'failures only', holds: failed }] : []),
    ...(writes && only !== 'deletes'
      ? [{ words: 'changes only', holds: (record: CloudTrailRecord) => !reads(record) }]
      : []),
    ...(known === undefined ? [] : [{ words: `addresses outside of ${notFrom.join(', ')}`, holds: elsewhere }]),
  ];
  return { words: tests.map(({ words }) => words), holds: (record) => tests.every(({ holds }) => holds(record)) };
}
