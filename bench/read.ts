import { payloadFromText, readSignals } from '../src/alerts/sources/index.ts';
import { dataFile, dataFiles } from '../test/data.ts';

/**
 * How fast payloads are read on one core, beside JSON.parse of the same bytes in the same run. Needs the folder of
 * payloads beside the repository.
 */
const folders = [
  'accessanalyzer',
  'cloudwatch-alarm-eventbridge',
  'cloudwatch-alarm-sns',
  'config-eventbridge',
  'config-notification',
  'eventbridge-cloudtrail',
  'eventbridge-other',
  'guardduty-eventbridge',
  'health',
  'macie',
  'securityhub-eventbridge',
];
const texts = folders.flatMap(dataFiles).map((path) => dataFile(path));
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const at = '2026-11-23T03:00:00.000Z';

/** CPU milliseconds for all texts once: the median of the rounds, which take turns so that both meet the same machine. */
const rounds = 40;
const warmUp = 40;
const took: Record<'parse' | 'read', number[]> = { parse: [], read: [] };
for (let round = 0; round < rounds + warmUp; round++)
  for (const [name, act] of [
    ['parse', (text: string): unknown => JSON.parse(text)],
    ['read', (text: string): unknown => readSignals(payloadFromText(text, at))],
  ] as const) {
    const start = process.cpuUsage();
    for (const text of texts) act(text);
    // The first rounds give the compiler its time, as a server's first minutes do.
    if (round >= warmUp) took[name].push(process.cpuUsage(start).user / 1000);
  }
const median = (list: number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const [parse, read] = [median(took.parse), median(took.read)];
console.log(
  `${texts.length} payloads, ${(bytes / texts.length / 1024).toFixed(1)} KiB each on average, ${rounds} rounds`,
);
console.log(`JSON.parse: ${((parse / texts.length) * 1000).toFixed(1)} µs a payload`);
console.log(
  `reading:    ${((read / texts.length) * 1000).toFixed(1)} µs a payload, ${Math.round(texts.length / (read / 1000))} payloads/s`,
);
console.log(`ratio:      ${(read / parse).toFixed(2)}`);
