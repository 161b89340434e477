import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import { maskText } from '../alerts/mask.ts';
import { parseJson } from '../words/json.ts';

/** A line of what was on the screen of a session. */
export interface ScreenLine {
  /** Null: the log does not say. */
  at: Date | null;
  text: string;
}

const Streamed = z.object({ eventTime: z.string().optional(), sessionData: z.array(z.string()) });

/**
 * What was on the screen, from the events of a session's log: JSON where it was streamed, plain text where it was uploaded at
 * the end. Escape codes are removed and secrets masked; what was typed without echo is in no log.
 * Source: amazon-ssm-agent, agent/session.
 */
export function transcriptOf(
  events: readonly { timestamp?: number | undefined; message: string }[],
): readonly ScreenLine[] {
  return events.flatMap(({ timestamp, message }) => {
    const at = timestamp === undefined ? null : new Date(timestamp);
    const streamed = Streamed.safeParse(parseJson(message)).data;
    const lines =
      streamed === undefined ? message.split('\n') : streamed.sessionData.flatMap((data) => data.split('\n'));
    return lines.map((line) => ({ at, text: maskText(readable(line)) }));
  });
}

/** A line as a terminal would leave it: no escape codes, no control characters, no carriage returns. */
const readable = (line: string): string =>
  stripVTControlCharacters(line)
    .replaceAll('\t', ' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '')
    .trimEnd();
