import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { PagePosts, PageState } from '../page-api.ts';
import { ask, post } from './api.ts';
import { formatSlackDate } from './blocks/dates.ts';
import { cityOf, useNow, useWorkspace } from './workspace.tsx';

/** So many samples are listed; searching narrows them. */
const listed = 100;

const minute = 60_000;
const jumps = [
  { ms: 15 * minute, label: '+15 min' },
  { ms: 60 * minute, label: '+1 h' },
  { ms: 8 * 60 * minute, label: '+8 h' },
  { ms: 7 * 24 * 60 * minute, label: '+1 week' },
];

function Section({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <section className="panel-section" aria-label={title}>
      <h3>{title}</h3>
      <p className="hint">{about}</p>
      {children}
    </section>
  );
}

type Explain = (body: PagePosts['/page/explain']) => void;

type Send = <Path extends keyof PagePosts>(path: Path, body: PagePosts[Path], done: string) => void;

/** What the world outside Slack does: AWS sends something, time passes. */
export function Panel({ state, onClose }: { state: PageState; onClose: () => void }) {
  const [status, setStatus] = useState<{ text: string; bad: boolean }>();
  const send: Send = async (path, body, done) => {
    setStatus({ text: 'Sending …', bad: false });
    const problem = await post(path, body);
    setStatus({ text: problem ?? done, bad: problem !== undefined });
  };
  const [explanation, setExplanation] = useState<string>();
  const explain = async (body: PagePosts['/page/explain']): Promise<void> => {
    const { said, problem } = await ask('/page/explain', body);
    setExplanation(said);
    setStatus(problem === undefined ? undefined : { text: problem, bad: true });
  };
  return (
    <aside className="pane panel" aria-label="Sandbox" data-testid="panel">
      <header className="pane-head">
        <h2>Sandbox</h2>
        <button
          type="button"
          className="close"
          aria-label="Close the sandbox panel"
          data-testid="panel-close"
          onClick={onClose}
        >
          ✕
        </button>
      </header>
      <div className="pane-body">
        <p className="hint panel-intro">
          This Slack runs on your machine and nothing leaves it. Here you are AWS: send something, then act on it in the
          channel as the people of the workspace.
        </p>
        <Section title="Scenarios" about="Signed SNS messages, as AWS would send them.">
          <div className="panel-row">
            <button
              type="button"
              className="button button-primary"
              data-testid="panel-scenario-evening"
              onClick={() =>
                send('/page/scenario', { name: 'evening' }, 'Read along above the messages: it takes a minute.')
              }
            >
              Play: an evening, with captions
            </button>
            <button
              type="button"
              className="button"
              data-testid="panel-scenario-leaked-key"
              onClick={() =>
                send('/page/scenario', { name: 'leaked-key' }, 'Playing for a minute: the first alert is in #security.')
              }
            >
              Play: leaked access key
            </button>
            <button
              type="button"
              className="button"
              data-testid="panel-scenario-storm"
              onClick={() =>
                send('/page/scenario', { name: 'storm' }, '500 alarms are on their way: watch the channels.')
              }
            >
              Play: storm of 500 alarms
            </button>
          </div>
        </Section>
        <Clock offset={state.clockOffset} send={send} />
        <Samples samples={state.samples} send={send} explain={explain} />
        <Breaks breaks={state.breaks} send={send} />
        <Own send={send} explain={explain} />
        {explanation !== undefined && (
          <Section title="What would happen" about="As trailwatch explain says it; nothing was sent.">
            <pre className="explanation mono" data-testid="panel-explanation">
              {explanation}
            </pre>
          </Section>
        )}
        <Log log={state.log} />
      </div>
      <p className={status?.bad ? 'panel-status problem' : 'panel-status'} role="status" data-testid="panel-status">
        {status?.text}
      </p>
    </aside>
  );
}

function Clock({ offset, send }: { offset: number; send: Send }) {
  const { viewer } = useWorkspace();
  const now = useNow(offset, 1000);
  const seconds = String(Math.floor(now.getTime() / 1000));
  const ahead = Math.round(offset / minute);
  const [days, hours, minutes] = [Math.floor(ahead / 1440), Math.floor(ahead / 60) % 24, ahead % 60];
  const amount = [days > 0 && `${days} d`, hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`]
    .filter((part) => part !== false)
    .join(' ');
  return (
    <Section title="Move the clock" about="Escalations, snoozes and weekly digests come due without waiting.">
      <div className="panel-row">
        {jumps.map((jump) => (
          <button
            key={jump.ms}
            type="button"
            className="button"
            data-testid={`panel-clock-${jump.ms / minute}`}
            onClick={() => send('/page/clock', { aheadMs: jump.ms }, `The clock went ahead by ${jump.label.slice(1)}.`)}
          >
            {jump.label}
          </button>
        ))}
      </div>
      <p className="clock" data-testid="panel-clock">
        {formatSlackDate(seconds, '{date_short} {time_secs}', '', now, viewer.timeZone)} in {cityOf(viewer.timeZone)}
        {ahead > 0 && <strong> (+{amount})</strong>}
      </p>
    </Section>
  );
}

function Samples({ samples, send, explain }: { samples: PageState['samples']; send: Send; explain: Explain }) {
  const [query, setQuery] = useState('');
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = samples.filter((one) =>
    words.every((word) => `${one.severity} ${one.title} ${one.folder} ${one.name}`.toLowerCase().includes(word)),
  );
  const shown = found.slice(0, listed);
  return (
    <Section title="Send a real AWS payload" about={`${samples.length} of them, signed on the way as SNS does.`}>
      <input
        type="search"
        className="field"
        placeholder="Search: guardduty, alarm, root …"
        aria-label="Search the payloads"
        data-testid="panel-search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div className="samples" data-testid="panel-samples">
        {[...Map.groupBy(shown, ({ severity }) => severity)].map(([severity, those]) => (
          <section key={severity}>
            <h3>{severity}</h3>
            <ul>
              {those.map(({ folder, name, title }) => (
                <li key={`${folder}/${name}`}>
                  <button
                    type="button"
                    data-testid={`panel-sample-${folder}/${name}`}
                    title={`Send ${folder}/${name}`}
                    onClick={() => send('/page/publish', { folder, name }, `Sent ${name}.`)}
                  >
                    <span>{title}</span>
                    <small>
                      {folder} · {name.replace(/\.json$/, '')}
                    </small>
                  </button>
                  <button
                    type="button"
                    className="explain"
                    data-testid={`panel-explain-${folder}/${name}`}
                    title={`Say what would become of ${name}, without sending it`}
                    onClick={() => explain({ folder, name })}
                  >
                    Explain
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      {found.length > shown.length && <p className="hint">… and {found.length - shown.length} more: type to narrow.</p>}
      {found.length === 0 && <p className="hint">Nothing matches “{query}”.</p>}
    </Section>
  );
}

function Breaks({ breaks, send }: { breaks: PageState['breaks']; send: Send }) {
  return (
    <Section title="Break something" about="In the organization on AWS: /audit framework CHECK now finds it.">
      <ul className="samples" data-testid="panel-breaks">
        {breaks.map(({ id, step, check, title }) => (
          <li key={id}>
            <button
              type="button"
              data-testid={`panel-break-${id}`}
              title={`Found by /audit framework ${check} now`}
              onClick={() => send('/page/break', { id }, `Done. Ask: /audit framework ${check} now`)}
            >
              <span>{title}</span>
              <small>
                step {step}: {check}
              </small>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Own({ send, explain }: { send: Send; explain: Explain }) {
  const [text, setText] = useState('');
  const [subject, setSubject] = useState('');
  return (
    <Section title="Send your own" about="JSON or plain text: what nobody knows becomes a readable alert.">
      <form
        className="panel-form"
        onSubmit={(event) => {
          event.preventDefault();
          send('/page/publish', { text, ...(subject ? { subject } : {}) }, 'Sent.');
        }}
      >
        <input
          className="field"
          placeholder="Subject (optional)"
          aria-label="Subject"
          data-testid="panel-subject"
          value={subject}
          onChange={(event) => setSubject(event.target.value)}
        />
        <textarea
          className="field mono"
          rows={4}
          placeholder='{"source": "aws.guardduty", …}'
          aria-label="Message"
          data-testid="panel-text"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" data-testid="panel-publish" disabled={text.trim() === ''}>
          Publish to SNS
        </button>
        <button
          type="button"
          className="button"
          data-testid="panel-explain"
          disabled={text.trim() === ''}
          onClick={() => explain({ text })}
        >
          Explain
        </button>
      </form>
    </Section>
  );
}

function Log({ log }: { log: PageState['log'] }) {
  const { viewer } = useWorkspace();
  const list = useRef<HTMLOListElement>(null);
  const newest = log.at(-1);
  useEffect(() => {
    if (newest) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [newest]);
  return (
    <Section title="Requests" about="What the bot and Slack said to each other.">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard. */}
      <ol className="log mono" ref={list} tabIndex={0} data-testid="panel-log">
        {log.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two requests may be the same to the millisecond.
          <li key={index} className={entry.ok ? '' : 'log-bad'}>
            <time>{new Date(entry.at).toLocaleTimeString('en-GB', { timeZone: viewer.timeZone })}</time> {entry.line}
          </li>
        ))}
      </ol>
    </Section>
  );
}
