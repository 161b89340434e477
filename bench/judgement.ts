import { severityRank } from '../src/alerts/severity.ts';
import { payloadFromText, readSignals } from '../src/alerts/sources/index.ts';
import { isRecord } from '../src/words/json.ts';
import { graded, labelledRules } from '../test/alerts/sources/cloudtrail/catalogue.ts';
import { dataFiles, dataJson } from '../test/data.ts';

/**
 * How well API calls are judged: beside the labels of Panther's rule tests, on calls that public rules mean and routine ones
 * beside them, on the calls of known attack techniques, and how often on a real log of ordinary work under attack. Needs the folder of payloads beside the repository.
 */
const telling = (record: unknown): { told: boolean; name: string; reasons: string } => {
  const [signal] = readSignals(payloadFromText(JSON.stringify(record), '2026-01-01T00:00:00Z'));
  const severity = signal?.severity ?? 'info';
  return {
    told: severityRank(severity) <= severityRank('medium'),
    name: signal?.kind ?? '',
    reasons: `${severity}: ${signal?.judgement?.reasons.join('; ') ?? ''}`,
  };
};
const share = (part: number, whole: number) => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(0)} %`);
const verbose = process.argv.includes('--verbose');

let [hit, missed, wrong, quiet] = [0, 0, 0, 0];
for (const path of dataFiles('labelled-cloudtrail')) {
  const sample = dataJson(path);
  if (!isRecord(sample)) continue;
  const fires = sample['expectedResult'] === true;
  const wanted = fires && /^(?:Medium|High|Critical)$/.test(String(sample['severity']));
  // A rule of low severity that fires says neither yes nor no.
  if (fires && !wanted) continue;
  const { told, reasons } = telling(sample['log']);
  if (wanted && told) hit += 1;
  else if (wanted) missed += 1;
  else if (told) wrong += 1;
  else quiet += 1;
  if (verbose && wanted !== told)
    console.log(
      `${wanted ? 'missed' : 'wrong '} ${sample['rule']} (${sample['severity']}): ${sample['test']} | ${reasons}`,
    );
}
console.log(
  `labelled: recall ${share(hit, hit + missed)}, precision ${share(hit, hit + wrong)} (${hit} hit, ${missed} missed, ${wrong} wrong, ${quiet} quiet)`,
);

const sets = Object.groupBy(
  [
    ...labelledRules().map(({ expected, event, rule, why }) => ({
      set: 'public rules, first set',
      meant: expected === 'yes',
      record: event,
      what: `${rule}: ${why}`,
    })),
    ...graded().map(({ round, grade, record, rule, what }) => ({
      set: `public rules, round ${round}`,
      meant: grade !== 'quiet',
      record,
      what: `${rule}: ${what}`,
    })),
  ],
  ({ set }) => set,
);
for (const [set, calls = []] of Object.entries(sets)) {
  const judged = calls.map((call) => ({ ...call, told: telling(call.record).told }));
  const [yes, no] = [judged.filter(({ meant }) => meant), judged.filter(({ meant }) => !meant)];
  const [right, still] = [yes.filter((call) => call.told).length, no.filter((call) => !call.told).length];
  console.log(
    `${set}: recall ${share(right, yes.length)} (${right} of ${yes.length}), specificity ${share(still, no.length)} (${still} of ${no.length})`,
  );
  if (verbose)
    for (const { what, meant, told } of judged)
      if (meant !== told) console.log(`  ${meant ? 'missed' : 'wrong '} ${what}`);
}

const recordsOf = (file: unknown): unknown[] =>
  Array.isArray(file) ? file : isRecord(file) && Array.isArray(file['Records']) ? file['Records'] : [file];

let found = 0;
const techniques = dataFiles('cloudtrail-attack');
for (const path of techniques) {
  const records = recordsOf(dataJson(path)).map(telling);
  const told = records.filter((record) => record.told).length;
  if (told > 0) found += 1;
  console.log(
    `  ${share(told, records.length).padStart(5)} of ${String(records.length).padStart(3)}  ${path
      .split('/')
      .at(-1)
      ?.replace(
        /-[0-9a-f]{8}\.json$/,
        '',
      )}${verbose ? `  ${[...new Set(records.map((r) => `${r.name} ${r.reasons}`))].join(' | ')}` : ''}`,
  );
}
console.log(`attack techniques with a call judged medium or higher: ${found} of ${techniques.length}`);

const log = dataFiles('cloudtrail-log').flatMap((path) => recordsOf(dataJson(path)));
const told = log.map(telling).filter((record) => record.told);
console.log(
  `a real log: ${told.length} of ${log.length} calls (${share(told.length, log.length)}) judged medium or higher`,
);
if (verbose)
  for (const [name, list] of Object.entries(Object.groupBy(told, ({ name }) => name)))
    console.log(`  ${list?.length} ${name}: ${list?.[0]?.reasons}`);
