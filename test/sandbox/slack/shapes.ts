/** Comparing JSON with the anonymised samples of java-slack-sdk, which hold every field that was ever seen, with no values. */

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object';

/** Fields that repeat what the app gave; some samples leave them out. */
const notCompared = new Set(['blocks', 'event_payload']);

/** Objects of a list laid over each other: the samples spread the fields of one kind of thing over several. */
const merged = (items: readonly unknown[]): unknown => (items.every(isObject) ? Object.assign({}, ...items) : items[0]);

/**
 * What `answer` has that `sample` has not, or has in another type, as paths like `message.ts: number, not string`.
 * In a sample, null stands for any value, an empty list for a list of anything and an empty object for any object.
 */
export function strangers(answer: unknown, sample: unknown, path = ''): string[] {
  if (Array.isArray(answer) && Array.isArray(sample)) {
    const like = merged(sample);
    return like === undefined ? [] : answer.flatMap((item) => strangers(item, like, `${path}[]`));
  }
  if (isObject(answer) && isObject(sample) && Object.keys(sample).length > 0)
    return Object.entries(answer).flatMap(([key, value]) => {
      const place = path === '' ? key : `${path}.${key}`;
      if (notCompared.has(key)) return [];
      return Object.hasOwn(sample, key) ? strangers(value, sample[key], place) : [`${place}: unknown`];
    });
  const [ours, theirs] = [typeOf(answer), typeOf(sample)];
  return ours === theirs || ours === 'null' || theirs === 'null' ? [] : [`${path}: ${ours}, not ${theirs}`];
}
