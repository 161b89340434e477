import { severityRank } from '../alerts/severity.ts';
import { type CloudTrailRecord, failed, Record, reads, serviceOf } from '../cloudtrail/record.ts';
import { eventRow } from '../cloudtrail/row.ts';
import { tacticsOf } from '../cloudtrail/techniques.ts';
import { type Json, textAt } from '../words/json.ts';
import { isIn, networkList } from '../words/networks.ts';
import { clip } from '../words/text.ts';
import { isAbout } from './about.ts';
import type { CallKind, Narrowing, Question } from './lookup-query.ts';
import type { LookupSubject } from './subject.ts';

/** A test of a record, in words too. */
interface Test {
  words: string;
  holds: (record: CloudTrailRecord, event: Json) => boolean;
}

type StockKind = 'deletes' | 'denied' | 'pivots' | 'no-mfa' | 'secrets';

/** Each kind of call that a stock question asks for. */
const stockKinds: Record<StockKind, Test> = {
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

const isStockKind = (kind: CallKind): kind is StockKind => Object.hasOwn(stockKinds, kind);

const testOf = (kind: CallKind): Test =>
  isStockKind(kind)
    ? stockKinds[kind]
    : {
        words: `calls known for ${kind.replaceAll('-', ' ')}`,
        holds: ({ eventSource = '', eventName = '' }) => tacticsOf(eventSource, eventName).includes(kind),
      };

const anyOf = (tests: readonly Test[]): Test => ({
  words: tests.map(({ words }) => words).join(' or '),
  holds: (record, event) => tests.some(({ holds }) => holds(record, event)),
});

/** "user alice", or what an ARN names. */
export const subjectWords = ({ kind, value, arn }: LookupSubject): string => `${kind} ${clip(arn ?? value, 90)}`;

/** What the events must be about beside the subject: of each kind one. */
function alsoTests({ subject, also }: Pick<Question, 'subject' | 'also'>): Test[] {
  const byKind = Map.groupBy(also, ({ kind }) => kind);
  return [...byKind].flatMap(([kind, subjects]) => {
    // Of the subject's own kind each value is asked for by itself.
    if (kind === subject?.kind) return [];
    const tests = subjects.map(isAbout);
    return [
      {
        words: `${kind} ${subjects.map(({ value, arn }) => clip(arn ?? value, 60)).join(' or ')}`,
        holds: (_: CloudTrailRecord, event: Json) => tests.some((holds) => holds(event)),
      },
    ];
  });
}

/** What the narrowing alone asks for. */
function narrowingTests({ errors, writes, reads: readsOnly, only, severity, agent, notFrom }: Narrowing): Test[] {
  const known = networkList(notFrom);
  const tests: (Test | undefined)[] = [
    only.length === 0 ? undefined : anyOf(only.map(testOf)),
    errors && !only.includes('denied') ? { words: 'failures only', holds: failed } : undefined,
    writes && !only.includes('deletes')
      ? { words: 'changes only', holds: (record: CloudTrailRecord) => !reads(record) }
      : undefined,
    readsOnly ? { words: 'reads only', holds: reads } : undefined,
    severity === null
      ? undefined
      : {
          words: severity === 'critical' ? 'rated critical' : `rated ${severity} or worse`,
          holds: (_, event) => severityRank(eventRow(event).severity) <= severityRank(severity),
        },
    agent === null
      ? undefined
      : {
          words: `user agent with "${clip(agent, 60)}"`,
          holds: ({ userAgent = '' }) => userAgent.toLowerCase().includes(agent.toLowerCase()),
        },
    notFrom.length === 0 || known === undefined
      ? undefined
      : {
          words: `addresses outside of ${notFrom.join(', ')}`,
          // What an AWS service called has no address: it is from nowhere else.
          holds: ({ sourceIPAddress: address = '' }) => /^[\d.]+$|:/.test(address) && !isIn(known, address),
        },
  ];
  return tests.filter((test) => test !== undefined);
}

/** The test for events that are wanted beside the subject, and what it tests in words; no words: nothing. */
export function narrowed(question: Pick<Question, 'subject' | 'also' | 'narrowing'>): {
  words: string[];
  holds: (event: Json) => boolean;
} {
  const tests = [...alsoTests(question), ...narrowingTests(question.narrowing)];
  const words = tests.map((test) => test.words);
  if (tests.length === 0) return { words, holds: () => true };
  return {
    words,
    holds: (event) => {
      const record = Record.parse(event);
      return tests.every(({ holds }) => holds(record, event));
    },
  };
}
