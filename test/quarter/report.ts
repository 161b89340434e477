import type { Verdict } from './oracle.ts';
import type { Story } from './story.ts';
import type { tamper } from './tamper.ts';

const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`);
const share = (values: readonly number[], part: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** A verdict as the table that docs/reliability.md shows. */
export function report(story: Story, verdict: Verdict, tampered: ReturnType<typeof tamper>): string {
  const rows: [string, string | number][] = [
    ['alerts', verdict.alerts],
    [
      'restarts, losses of the queue, outages of Slack, single faults',
      [story.downs, story.deafs, story.outages, story.stumbles].map(({ length }) => length).join(', '),
    ],
    ['overrides', story.overrides.length],
    [
      'levels called: at once, found by the sweep, late after a restart',
      [verdict.atOnce, verdict.afterLostWake, verdict.lateByRestart].join(', '),
    ],
    ['levels passed over, default channel called', [verdict.passedOver, verdict.exhausted].join(', ')],
    [
      'snoozes that ended, questions whether somebody is still on it, unanswered',
      [verdict.woken, verdict.asked, verdict.lapsed].join(', '),
    ],
    ['people called by direct message, each once', verdict.reached],
    ['numbers of `/audit stats` counted anew, by group and by person', verdict.numbers],
    ['not sent any more: in hand before Slack could take it', verdict.withdrawn],
    [
      'from the call to the message: half, 99 %, most',
      [0.5, 0.99, 1].map((part) => seconds(share(verdict.delays, part))).join(', '),
    ],
    [
      'after the end of an outage: half, most',
      [0.5, 1].map((part) => seconds(share(verdict.delaysAfterOutage, part))).join(', '),
    ],
    ['**wrong**', verdict.wrong.length],
    ...tampered.map(({ way, tried, caught }): [string, string] => [
      `falsified and found by the oracle: ${way}`,
      `${caught} of ${tried}`,
    ]),
  ];
  return ['| | |', '|---|---|', ...rows.map(([what, count]) => `| ${what} | ${count} |`)].join('\n');
}
