import type { Signal } from '../../../src/alerts/signal.ts';
import { payloadFromSns, payloadFromText, readSignals } from '../../../src/alerts/sources/index.ts';
import { dataJson } from '../../data.ts';

export const receivedAt = '2026-11-24T12:00:00.000Z';

/** The one signal of a payload that came bare. */
export function readOne(payload: unknown): Signal {
  const signals = readAll(payload);
  const [signal] = signals;
  if (signal === undefined || signals.length !== 1) throw new Error(`Expected one signal, got ${signals.length}.`);
  return signal;
}

export const readAll = (payload: unknown): Signal[] =>
  readSignals(payloadFromText(typeof payload === 'string' ? payload : JSON.stringify(payload), receivedAt));

/** The one signal of a message as it comes through SNS. */
export function readMessage(message: string, subject?: string): Signal {
  const [signal] = readSignals(
    payloadFromSns({
      message,
      subject,
      topicArn: 'arn:aws:sns:eu-west-1:111122223333:security-alerts',
      timestamp: receivedAt,
    }),
  );
  if (signal === undefined) throw new Error('Expected a signal.');
  return signal;
}

export const readFile = (path: string): Signal => readOne(dataJson(path));

/** An event in EventBridge's envelope, built where no sample exists. */
export const event = (source: string, detailType: string, detail: unknown, resources: string[] = []): unknown => ({
  version: '0',
  id: '11111111-2222-3333-4444-555555555555',
  'detail-type': detailType,
  source,
  account: '111122223333',
  time: '2026-11-24T09:30:00Z',
  region: 'eu-west-1',
  resources,
  detail,
});

export const fieldOf = (signal: Signal, name: string): string | undefined =>
  signal.fields.find((field) => field.name === name)?.value;
