import { DateTime } from 'luxon';
import { maskText } from '../alerts/mask.ts';
import { askingAws } from '../aws/asking.ts';
import { AwsTrouble, type Place } from '../aws/aws.ts';
import { type Coverage, coverageSentence, gapsSentence } from '../aws/coverage.ts';
import type { Target } from '../aws/everywhere.ts';
import { ask } from '../framework/asks.ts';
import { describeLogStreams, getLogEvents } from '../framework/calls/logs.ts';
import { describeSessions, getDocument, type NodeSession } from '../framework/calls/ssm.ts';
import { readPreferences } from '../framework/steps/14-session-manager/preferences.ts';
import type { Parts } from '../parts.ts';
import { formatDuration } from '../words/durations.ts';
import { clip, hasWord, plural } from '../words/text.ts';
import { dayMs, hourMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { drive, valueIn } from './driving.ts';
import { timeWords } from './lookup-query.ts';
import { readSpan } from './moments.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { transcriptOf } from './transcript.ts';
import { wrong } from './wrong.ts';

const usage = 'sessions [USER|INSTANCE|SESSION-ID] [--active] [--since 7d] [--account NAME] [--region NAME]';
/** What Systems Manager keeps. Source: Systems Manager API reference, DescribeSessions. */
const keptDays = 30;
/** A session that is open for so long is worth a look. */
const longMs = 12 * hourMs;
/** Lines of a transcript that are kept: more would not be read in Slack. */
const mostLines = 5000;

/** A session with where it is. */
interface Found {
  place: Target;
  session: NodeSession;
  active: boolean;
}

export const sessionsQuestion: TableQuestion = {
  name: 'sessions',
  usage,
  sentence:
    'Who was on which instance through Session Manager in the last 30 days, open sessions first; with the id of a session, what was on its screen.',
  grammar: { flags: new Set(['active']), valueWords: timeWords },
  ask: async (parts, typed, asking) => {
    const [word = '', extra] = typed.words;
    if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
    const options = { known: ['active', 'since', 'account', 'region'], flags: ['active'], usage };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const clock = { now: parts.now(), zone: asking.zone };
    const read = readSpan(typed.options.get('since'), undefined, keptDays * dayMs, clock);
    if ('wrong' in read) return read;
    const { span } = read;
    const { found, coverage } = await findSessions(parts, typed, asking);
    const active = typed.options.has('active');
    const meant = found.filter(
      (each) =>
        isMeant(each.session, word) &&
        (!active || each.active) &&
        (each.active || (each.session.StartDate ?? span.from) >= span.from),
    );
    const [only] = meant;
    if (only !== undefined && only.session.SessionId === word) return transcript(parts, only, asking);
    return list(meant, coverage, { word, active, from: span.from, now: clock.now, zone: asking.zone });
  },
};

/** By whose name, on which instance, or by its id. */
const isMeant = ({ SessionId, Owner = '', Target = '' }: NodeSession, word: string): boolean =>
  word === '' || SessionId === word || Target === word || Owner === word || hasWord(whoOf(Owner), word);

/** The name of the role session, which people are known by. */
const whoOf = (owner: string): string => owner.split('/').at(-1) ?? owner;

/** All sessions that Systems Manager knows in the places that are meant. */
async function findSessions(
  { aws, now }: Pick<Parts, 'aws' | 'now'>,
  typed: Typed,
  asking: TableAsking,
): Promise<{ found: Found[]; coverage: Coverage }> {
  const askAws = askingAws(aws, asking.asker, { now, signal: asking.signal });
  const found: Found[] = [];
  const sessionsIn = async (place: Target, State: 'Active' | 'History') =>
    valueIn(await drive(ask(describeSessions, place, { State, MaxResults: 200 }), askAws)).Sessions;
  const coverage = await askPlaces(aws, namedPlaces(typed), asking, {
    doing: 'ask for sessions',
    ask: (place) => Promise.all([sessionsIn(place, 'Active'), sessionsIn(place, 'History')]),
    take: (place, [active, history]) => {
      found.push(...active.map((session) => ({ place, session, active: true })));
      found.push(...history.map((session) => ({ place, session, active: false })));
    },
    said: () => `places asked, ${plural(found.length, 'session')} found.`,
  });
  const begun = ({ session }: Found): number => session.StartDate?.getTime() ?? 0;
  return {
    found: found.toSorted((a, b) => Number(b.active) - Number(a.active) || begun(b) - begun(a)),
    coverage,
  };
}

function list(
  found: readonly Found[],
  coverage: Coverage,
  { word, active, from, now, zone }: { word: string; active: boolean; from: Date; now: Date; zone: string },
) {
  const open = found.filter((each) => each.active);
  const long = open.filter(({ session }) => now.getTime() - (session.StartDate ?? now).getTime() > longMs);
  const about = [...(word === '' ? [] : [clip(word, 60)]), ...(active ? ['open ones'] : [])].join(', ');
  const count = found.length === 0 ? 'No session' : plural(found.length, 'session');
  return {
    title: about === '' ? count : `${count}: ${about}`,
    line: ['sessions', ...(word === '' ? [] : [`"${word}"`]), ...(active ? ['--active'] : [])].join(' '),
    facts: [
      ...(open.length === 0 ? [] : [`${plural(open.length, 'session')} open now.`]),
      ...(long.length === 0 ? [] : [`${plural(long.length, 'session')} open for more than 12 hours.`]),
    ],
    columns: [
      `Started (${zone})`,
      'Who',
      'Role',
      'Instance',
      'Lasted',
      'Document',
      'Reason',
      'Account and region',
      'Transcript',
    ],
    rows: found.map((each) => rowOf(each, now, zone)),
    coverage: `Sessions since ${local(from, zone)}; Systems Manager keeps ${keptDays} days. ${coverageSentence(coverage, (at) => local(at, zone))}`,
    gaps: gapsSentence(coverage),
    whole: coverage.whole,
    next: found
      .filter(({ session }) => withoutTranscript(session) === null)
      .slice(0, 5)
      .map(({ place, session: { SessionId, Owner = '', StartDate } }) => ({
        label: `Screen of ${whoOf(Owner)}${StartDate === undefined ? '' : ` ${local(StartDate, zone)}`}`,
        line: lineOf(SessionId, place),
      })),
    shareable: true,
  };
}

/** A session by its id, asked where it is: elsewhere nobody knows it. */
const lineOf = (id: string, { account, region }: Place): string =>
  `sessions "${id}" --account ${account} --region ${region}`;

function rowOf({ place, session, active }: Found, now: Date, zone: string): string[] {
  const { Owner = '', Target = '', StartDate, EndDate, DocumentName = '', Reason = '', SessionId } = session;
  const lasted = StartDate === undefined ? '' : formatDuration((EndDate ?? now).getTime() - StartDate.getTime());
  return [
    StartDate === undefined ? '' : local(StartDate, zone),
    whoOf(Owner),
    Owner.split('/').at(-2) ?? '',
    Target,
    active ? `open, ${lasted}` : lasted,
    DocumentName,
    maskText(Reason),
    `${place.known.name ?? place.account} ${place.region}`,
    withoutTranscript(session) ?? SessionId,
  ];
}

/** Why nothing of a session was written down; null: it may have been. */
function withoutTranscript({ DocumentName = '' }: NodeSession): string | null {
  const name = DocumentName.split('/').at(-1) ?? '';
  if (name === 'AWS-StartSSHSession') return 'none: SSH is never logged';
  return name.startsWith('AWS-StartPortForwarding') ? 'none: port forwarding is never logged' : null;
}

/** What was on the screen of a session, line by line, for the one who asks alone. */
async function transcript(
  { aws, now }: Pick<Parts, 'aws' | 'now'>,
  { place, session, active }: Found,
  asking: TableAsking,
) {
  const { zone, asker, signal } = asking;
  const askAws = askingAws(aws, asker, { now, signal });
  const none = withoutTranscript(session);
  if (none !== null) throw new AwsTrouble('other', `The session ${session.SessionId} has no transcript (${none}).`);
  const logGroupName = await logGroupIn(place, askAws);
  const streams = valueIn(
    await drive(ask(describeLogStreams, place, { logGroupName, logStreamNamePrefix: session.SessionId }), askAws),
  ).logStreams;
  const stream = streams.find(({ logStreamName }) => logStreamName === session.SessionId) ?? streams[0];
  if (stream?.logStreamName === undefined)
    throw new AwsTrouble('absent', `The log group ${logGroupName} has nothing of the session ${session.SessionId}.`);
  const { events } = valueIn(
    await drive(
      ask(getLogEvents, place, { logGroupName, logStreamName: stream.logStreamName, startFromHead: true }),
      askAws,
    ),
  );
  const lines = transcriptOf(events);
  const shown = lines.slice(0, mostLines);
  const { Owner = '', Target = '', StartDate } = session;
  const begun = StartDate === undefined ? '' : `, ${local(StartDate, zone)}`;
  return {
    title: `${plural(lines.length, 'line')}: ${whoOf(Owner)} on ${Target}${begun}`,
    line: lineOf(session.SessionId, place),
    facts: [
      'What was on the screen. What was typed without echo is not there, and secrets are masked as far as they are known.',
      ...(active ? ['The session is open: more may come.'] : []),
      ...(lines.length > shown.length ? [`The first ${shown.length} lines are kept here.`] : []),
    ],
    columns: [`Time (${zone})`, 'Screen'],
    rows: shown.map(({ at, text }) => [at === null ? '' : local(at, zone), text]),
    coverage: `Log group ${logGroupName} in ${place.account} ${place.region}, stream ${stream.logStreamName}.`,
    gaps: '',
    whole: lines.length === shown.length,
    next: [],
    // It may hold what nobody else is meant to see.
    shareable: false,
  };
}

async function logGroupIn(place: Place, askAws: ReturnType<typeof askingAws>): Promise<string> {
  const document = await drive(
    ask(getDocument, place, { Name: 'SSM-SessionManagerRunShell', DocumentFormat: 'JSON' }),
    askAws,
  );
  if (document.is === 'absent')
    throw new AwsTrouble(
      'absent',
      `Session Manager has no preferences in ${place.account} ${place.region}, so nothing is logged: step 14 says what would be needed.`,
    );
  const preferences = readPreferences(valueIn(document).Content);
  if (preferences === undefined)
    throw new AwsTrouble(
      'other',
      `The preferences of Session Manager in ${place.account} ${place.region} cannot be read.`,
    );
  if (preferences.logGroup !== '') return preferences.logGroup;
  const where =
    preferences.bucket === ''
      ? 'Sessions are not logged there'
      : `Sessions are logged in the bucket ${preferences.bucket}, which Trailwatch does not read`;
  throw new AwsTrouble('other', `${where}: step 14 says what would be needed.`);
}

const local = (at: Date, zone: string): string => DateTime.fromJSDate(at, { zone }).toFormat('yyyy-MM-dd HH:mm');
