// What CHANGELOG.md says of a release, for its page: release-notes.mjs v0.2.0. Exit code 1, and why, where the tag is not the
// version of package.json, or the changelog does not say that it is released.
import { readFileSync } from 'node:fs';

const [tag = ''] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^(?=## \[)/m);
const section = sections.find((each) => each.startsWith(`## [${version}]`)) ?? '';
const [heading = '', ...lines] = section.split('\n');

function wrong() {
  if (tag !== `v${version}`)
    return `The tag is ${tag || 'not given'}, and package.json says ${version}: tag v${version}, or set the version.`;
  if (section === '') return `CHANGELOG.md has no section [${version}]: write one.`;
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading))
    return `CHANGELOG.md does not say when ${version} was released: put the date behind it.`;
  return undefined;
}

const trouble = wrong();
if (trouble === undefined) process.stdout.write(`${lines.join('\n').trim()}\n`);
else {
  console.error(trouble);
  process.exitCode = 1;
}
