// Asks the npm registry for known vulnerabilities of what is installed. Fails when there are any; says so when the registry
// cannot be asked (no network, or a mirror without advisories), which is no failure of the code.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = { message: 'npm audit gave no report' };
}
if (report.vulnerabilities === undefined) {
  console.log(
    `SKIPPED: the registry could not be asked (${report.message ?? report.error?.summary ?? 'no reason given'}).`,
  );
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities))
    console.log(`${severity}: ${name} ${range}`);
  const { total } = report.metadata.vulnerabilities;
  console.log(`${total} known vulnerabilities`);
  process.exitCode = total === 0 ? 0 : 1;
}
