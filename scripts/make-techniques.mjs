// Makes src/cloudtrail/techniques.json from a folder of TrailDiscover events:
//   node scripts/make-techniques.mjs FOLDER
// TrailDiscover by Adan Alvarez, https://traildiscover.cloud, CC BY 4.0.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const first = (list) => list?.[0] ?? null;
const calls = {};
for (const file of readdirSync(folder).sort()) {
  const event = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  calls[`${event.eventSource}:${event.eventName}`] = {
    technique: first(event.mitreAttackSubTechniques) ?? first(event.mitreAttackTechniques),
    tactics: event.mitreAttackTactics.map((tactic) => tactic.replace(/^TA\d+ - /, '')),
    why: event.securityImplications,
    inTheWild: event.usedInWild,
  };
}
const about =
  'Sensitive AWS API calls, made from TrailDiscover (https://traildiscover.cloud) by Adan Alvarez, CC BY 4.0; shortened.';
const target = new URL('../src/cloudtrail/techniques.json', import.meta.url);
writeFileSync(target, `${JSON.stringify({ about, calls }, null, 1)}\n`);
