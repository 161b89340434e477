import { expect, test } from 'vitest';
import { event, fieldOf, readAll, readOne } from './reading.ts';

const alert = (queue: string, status: string, more: object = {}) => ({
  status,
  labels: { alertname: 'QueueAge', queue, severity: 'critical' },
  annotations: { summary: `Queue ${queue} is old`, runbook_url: 'https://wiki.example.com/queues' },
  startsAt: '2026-11-24T09:00:00Z',
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-24T09:20:00Z',
  ...more,
});

test('each alert of a message is one, known by its labels and closed by its own end', () => {
  const [orders, carts] = readAll({ status: 'firing', alerts: [alert('orders', 'firing'), alert('carts', 'firing')] });
  expect(orders).toMatchObject({
    source: 'alertmanager',
    severity: 'critical',
    title: 'QueueAge: Queue orders is old',
    runbook: 'https://wiki.example.com/queues',
    time: '2026-11-24T09:00:00.000Z',
  });
  expect(carts?.dedupKey).not.toBe(orders?.dedupKey);
  const over = readOne({ status: 'resolved', alerts: [alert('orders', 'resolved')] });
  expect(over).toMatchObject({ state: 'resolved', severity: 'info', dedupKey: orders?.dedupKey });
  expect(over.time).toBe('2026-11-24T09:20:00.000Z');
});

test('labels that all have in common count for each', () => {
  const [one] = readAll({
    status: 'firing',
    commonLabels: { alertname: 'DiskFull', severity: 'warning' },
    alerts: [{ labels: { instance: 'db1' }, annotations: { description: 'The disk fills up' }, fingerprint: 'a' }],
  });
  expect(one).toMatchObject({
    severity: 'low',
    kind: 'DiskFull',
    sentence: 'The disk fills up.',
    resource: { name: 'db1' },
  });
});

test('the text of the default templates holds several too', () => {
  const lines = (pod: string) =>
    `Labels:\n - alertname = PodCrash\n - pod = ${pod}\nAnnotations:\n - description = Pod ${pod} restarts\nSource: http://p.example.com\n`;
  const signals = readAll(`Alerts Firing:\n${lines('cart-1')}Alerts Resolved:\n${lines('cart-2')}`);
  expect(signals.map(({ state, sentence }) => [state, sentence])).toEqual([
    ['firing', 'Pod cart-1 restarts.'],
    ['resolved', 'Pod cart-2 restarts.'],
  ]);
});

/** What alerts by itself, told as on and as over: one alert that the second closes. */
test.each<[string, unknown, unknown]>([
  ['an insight of X-Ray', xray('ACTIVE'), xray('CLOSED')],
  ['an alert of MediaLive', live('SET'), live('CLEARED')],
  ['a service that nobody knows', unknown('RAISED'), unknown('BACK_TO_NORMAL')],
  ['a shift away from a zone', shift('In Progress'), shift('Completed')],
  ['a task, by its next run', run('ERROR', 'exec-1'), run('SUCCESS', 'exec-2')],
  ['a program of somebody', { title: 'Export stuck', state: 'ALARM' }, { title: 'Export stuck', state: 'recovered' }],
  [
    'a deed',
    { action: 'Create', alert: { alertId: 'a', message: 'x y' } },
    { action: 'Close', alert: { alertId: 'a', message: 'x y' } },
  ],
])('%s is on and over', (_, on, over) => {
  const opened = readOne(on);
  expect(opened.state).toBe('firing');
  expect(readOne(over)).toMatchObject({ state: 'resolved', severity: 'info', dedupKey: opened.dedupKey });
});

function xray(State: string): unknown {
  return event('aws.xray', 'AWS X-Ray Insight Update', { InsightId: 'i', GroupName: 'shop', State, Summary: 'Slow.' });
}
function live(alarm_state: string): unknown {
  return event('aws.medialive', 'MediaLive Channel Alert', {
    alarm_id: '7',
    alert_type: 'Video Not Detected',
    alarm_state,
    channel_arn: 'arn:aws:medialive:eu-west-1:111122223333:channel:1234',
  });
}
function unknown(alarmStatus: string): unknown {
  return event('aws.wonderland', 'Wonderland Rabbit Alarm', { alarmId: 'a-1', alarmStatus });
}
function run(State: string, execution: string): unknown {
  const arn = `arn:aws:datasync:eu-west-1:111122223333:task/task-1/execution/${execution}`;
  return event('aws.datasync', 'DataSync Task Execution State Change', { State }, [arn]);
}
function shift(state: string): unknown {
  return event('aws.arc-zonal-shift', `Autoshift ${state}`, { metadata: { awayFrom: 'euw1-az2' } });
}

test("a message's own words are its sentence, and what to do is kept", () => {
  const signal = readOne({
    content: {
      title: ':warning: Ledger is late',
      description: 'It is not closed yet.',
      nextSteps: ['Call them', 'Wait'],
    },
  });
  expect(signal).toMatchObject({ title: 'Ledger is late', sentence: 'It is not closed yet.' });
  expect(fieldOf(signal, 'Next steps')).toBe('Call them; Wait');
});
