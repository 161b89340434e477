import { expect } from 'vitest';
import { said, shows, until } from './digests.ts';
import { sandboxConfig, testInTurn } from './world.ts';

// Four of seventeen regions: what is told is the same with a quarter of the calls, and samples of events are tried in four
// regions side by side, five a second in each.
const test = testInTurn(sandboxConfig({ regions: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'us-east-1'] }));

test('the sixteen steps: asked now, then posted as a digest with its files, then shown from it', async ({
  evening,
}) => {
  const [ana, ben, chris] = [evening.person('ana'), evening.person('ben'), evening.person('chris')];
  await chris.type('/audit framework');
  await chris.expectEphemeral(/Only .* can look things up in AWS/);
  await ben.type('/audit framework 17');
  await ben.expectEphemeral(/There is no step 17: they are 1 to 16/);
  await ben.type('/audit framework 12 eleven');
  await ben.expectEphemeral(/one word too many/);
  await ben.type('/audit framework 12 --account nowhere-*');
  await ben.expectEphemeral(/There is no account nowhere-/);

  // Without a digest AWS is asked; the account that denies the role is not known, and not clean.
  await ben.type('/audit framework 12');
  // While it is under way the same message shows what is there so far.
  const now = await ben.expectEphemeral(/Step 12: IAM Access Analyzer.*Asked just now, \d+ calls/s);
  expect(JSON.stringify(now.blocks)).toMatch(/unknown: \d+ denied/);
  // What is said of each region alike is said once an account; commands stand by themselves, each on its line.
  expect(JSON.stringify(now.blocks)).toMatch(/eu-central-1 and 2 more places\\nNo analyzer of external access/);
  expect(JSON.stringify(now.blocks)).toMatch(/"rich_text_preformatted"[^\]]*aws accessanalyzer create-analyzer/);

  expect(JSON.stringify(now.blocks)).toMatch(
    /\{"type":"text","text":"\\n"\},\{"type":"text","text":"aws accessanalyzer update-archive-rule /,
  );

  await ben.press(now, 'Share to channel');
  const shared = await evening.channel('C0ALERTS').expectMessage(/Step 12: IAM Access Analyzer/);
  expect(JSON.stringify(shared.blocks)).toMatch(/Shared by/);
  expect(JSON.stringify(shared.blocks)).not.toMatch(/"type":"(?:actions|button|overflow)"/);

  await ana.type('/audit report now framework');
  const audit = evening.channel('C0AUDIT');
  const message = await audit.expectMessage(/Sixteen steps/);
  await shows(evening, message, /In the thread: [^"]* and 2 more/);
  // The worst come first, though accounts are summed up one after the other.
  expect(said(evening, message)).toMatch(/The worst of \d+\*\\n• (?:🔴|🟠) /);
  // Of a hundred that are kept the places of one check are some, and maybe not all.
  expect(said(evening, message)).toMatch(/ in \d+ or more places/);
  expect(said(evening, message)).toMatch(/This is the first run, a baseline/);
  expect(said(evening, message)).toMatch(/10 of 11 accounts answered/);
  const files = await until(
    evening,
    () => {
      const sent = audit
        .messages()
        .filter(({ threadTs }) => threadTs === message.ts)
        .flatMap((one) => one.files.map(({ name }) => name.replace(/^framework-\d{4}-\d\d-\d\d-?/, '')));
      return sent.length >= 7 ? sent : undefined;
    },
    'the files of the digest',
  );
  expect(files.toSorted()).toEqual(
    [
      '.zip',
      'heat-map.png',
      'manifest.json',
      'ocsf-compliance-findings.jsonl',
      'oscal-assessment-results.json',
      'report.pdf',
      'results.csv',
    ].toSorted(),
  );

  await ben.type('/audit framework 12');
  const kept = await ben.expectEphemeral(/As the weekly digest found it/);
  // What people do about a place is the digest's own: assign it, and the message of the digest shows to whom.
  await ben.choose(kept, 'Assign…');
  await (await ben.expectModal(/To whom/)).submit({ to: { selected_user: 'U0ANA' } });
  await audit.expectUpdate(message, /of 1 assigned/);

  // Only this check is asked again, in this account alone.
  const calls = evening.world.aws.calls().length;
  await ben.type('/audit framework aa-external now --account prod-web');
  const again = await ben.expectEphemeral(/Check aa-external in prod-web/);
  expect(JSON.stringify(again.blocks)).toMatch(/Asked just now/);
  // A check that is asked for by its name says where it passes too.
  expect(JSON.stringify(again.blocks)).toMatch(/✔ prod-web [^"]*eu-west-1[^"]* · proven\\nThe analyzer/);
  const asked = evening.world.aws.calls().slice(calls);
  expect(new Set(asked.filter(({ operation }) => operation.startsWith('iam:')))).toEqual(new Set());

  await ben.press(kept, 'Heat map');
  await ben.expectEphemeral(/The picture is in your direct messages/);
}, 240_000);
