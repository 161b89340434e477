import { expect, test } from 'vitest';
import { payloadFromText, readSignals } from '../../../src/alerts/sources/index.ts';

const event = (detail: object) => ({
  source: 'trailwatch.framework',
  'detail-type': 'Trailwatch Framework Result',
  account: '111122223333',
  region: 'eu-west-1',
  time: '2026-11-23T08:00:00.000Z',
  detail: {
    key: '[2,"trail-org-wide","111122223333","global",null]',
    step: 2,
    check: 'trail-org-wide',
    title: 'One trail records every account and region',
    severity: 'critical',
    reason: 'The trail org-trail is stopped',
    why: 'Nobody sees what is done.',
    fix: 'aws cloudtrail start-logging --name org-trail',
    ...detail,
  },
});

const read = (detail: object) =>
  readSignals(payloadFromText(JSON.stringify(event(detail)), '2026-11-23T08:00:01.000Z'));

test('a fact that stops being true is an alert, and the next pass resolves the same one', () => {
  const [firing] = read({ state: 'firing' });
  expect(firing).toMatchObject({
    source: 'framework',
    kind: 'trail-org-wide',
    severity: 'critical',
    state: 'firing',
    title: 'No longer so: One trail records every account and region',
    sentence: 'The trail org-trail is stopped.',
    account: '111122223333',
    region: 'eu-west-1',
  });
  const [resolved] = read({ state: 'resolved' });
  expect(resolved).toMatchObject({ state: 'resolved', dedupKey: firing?.dedupKey });
});

test('one that says less is read all the same', () => {
  expect(read({ severity: 'huge', title: null, key: 7, state: undefined })).toMatchObject([
    { source: 'framework', severity: 'high', state: 'firing' },
  ]);
});

test('the event that Trailwatch sent itself is the alert of a drill, the same one each night', () => {
  const read = (id: string) =>
    readSignals(
      payloadFromText(
        JSON.stringify({
          version: '0',
          id,
          source: 'trailwatch.canary',
          'detail-type': 'Trailwatch Canary',
          account: '111122223333',
          region: 'eu-west-1',
          time: '2026-11-23T03:00:00Z',
          detail: { at: '2026-11-23T03:00:00.000Z' },
        }),
        '2026-11-23T03:00:01.000Z',
      ),
    );
  const [first] = read('0a1b2c3d-0000-4000-8000-000000000001');
  expect(first).toMatchObject({
    source: 'canary',
    kind: 'drill',
    severity: 'info',
    state: 'firing',
    account: '111122223333',
    region: 'eu-west-1',
  });
  expect(read('0a1b2c3d-0000-4000-8000-000000000002')[0]?.dedupKey).toBe(first?.dedupKey);
});
