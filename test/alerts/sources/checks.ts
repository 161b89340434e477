import type { Signal } from '../../../src/alerts/signal.ts';
import { explainMessage } from '../../../src/explain.ts';

/** One case: the payloads that belong together, and what must hold of what they become. */
export interface Case {
  name: string;
  payloads: string[];
  must: string;
}

interface Told {
  signals: Signal[];
  blocks: string;
  shown: string;
}

/**
 * The checks of a case that do not hold, in words; none where all do. `must` is a list with ` ; ` between its checks:
 * `[n] name=a|b`, `!=`, `~regex`, `!~regex` (`(?i)` in front: any case), where n is the payload (0 where it is left
 * out, `*` all of them), and `key[1]=key[0]` or `!=`: whether two payloads are one alert.
 */
export async function unmet({ payloads, must }: Case): Promise<string[]> {
  const told = await Promise.all(payloads.map(tell));
  const failed = must
    .split(' ; ')
    .map((check) => check.trim())
    .filter((check) => check !== '')
    .flatMap((check) => {
      const keys = /^key\[(\d)\](!?=)key\[(\d)\]$/.exec(check);
      if (keys !== null) {
        const [one, other] = [keys[1], keys[3]].map((place) => told[Number(place)]?.signals[0]?.dedupKey);
        return (one === other) === (keys[2] === '=') ? [] : [`${check}: ${one} and ${other}`];
      }
      const parts = /^(?:\[(\d|\*)\] )?([a-z]+)(!?[=~])(.*)$/s.exec(check);
      if (parts === null) return [`${check}: not understood`];
      const [, place = '0', name = '', how = '', wanted = ''] = parts;
      return (place === '*' ? told : [told[Number(place)]])
        .map((one) => (one === undefined ? '' : saidOf(one, name)))
        .filter((value) => !holds(value, name, how, wanted))
        .map((value) => `${check}: ${value.slice(0, 400)}`);
    });
  const spoilt = told.flatMap(({ signals, blocks }) => [
    ...(/undefined|NaN|\[object/.exec(blocks) ?? []).map((word) => `the message shows ${word}`),
    ...signals
      .filter(({ title, sentence }) => /[{[]"/.test(`${title} ${sentence}`))
      .map(({ title }) => `JSON in the title or the sentence: ${title}`),
  ]);
  return [...failed, ...spoilt];
}

async function tell(payload: string): Promise<Told> {
  const explained = await explainMessage(payload, null, { at: new Date('2026-11-23T03:00:00Z'), certificates: [] });
  const signals = [...(explained.signal === undefined ? [] : [explained.signal]), ...(explained.more ?? [])];
  const blocks = JSON.stringify([explained.text, explained.blocks, explained.attachments]);
  return {
    signals,
    blocks,
    shown: [
      signals[0]?.title,
      signals[0]?.sentence,
      ...texts([explained.text, explained.blocks, explained.attachments]),
    ].join('\n'),
  };
}

/** Every text in blocks. */
const texts = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(texts)
      : [];

function saidOf({ signals, blocks, shown }: Told, name: string): string {
  const [signal] = signals;
  const fields = (of: Signal | undefined): string =>
    (of?.fields ?? []).map((each) => `${each.name}: ${each.value}`).join('\n');
  switch (name) {
    case 'resource':
      return `${signal?.resource?.name ?? ''} ${signal?.resource?.arn ?? ''}`;
    case 'actor':
      return JSON.stringify(signal?.actor ?? '');
    case 'text':
      return shown;
    case 'blocks':
      return blocks;
    case 'fields':
      return fields(signal);
    case 'links':
      return JSON.stringify(signal?.links ?? []);
    case 'count':
      return String(signals.length);
    case 'states':
      return signals.map(({ state }) => state).join(',');
    case 'alltext':
      return signals.map((each) => [each.title, each.sentence, fields(each)].join('\n')).join('\n');
    default: {
      const value: unknown =
        signal === undefined ? undefined : Object.entries(signal).find(([key]) => key === name)?.[1];
      return typeof value === 'string' ? value : '';
    }
  }
}

function holds(value: string, name: string, how: string, wanted: string): boolean {
  if (how.endsWith('=')) {
    const found =
      name === 'time' ? value.startsWith(wanted) : wanted.split('|').some((each) => each.trim() === value.trim());
    return found === (how === '=');
  }
  const pattern = wanted.startsWith('(?i)') ? new RegExp(wanted.slice(4), 'i') : new RegExp(wanted);
  return pattern.test(value) === (how === '~');
}

/** The cases of a table: a line each with files, what must hold, the same in words, and whence. */
export const casesIn = (table: string, read: (file: string) => string): Case[] =>
  table
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [files = '', must = ''] = line.split('\t');
      return {
        name: files.split(',')[0]?.replace(/(?:\.\d+)?\.json$/, '') ?? files,
        payloads: files.split(',').map(read),
        must,
      };
    });
