import { lambdaFunctionLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { spaced } from '../../words/text.ts';
import { asSentence, map, number, resourceNamed, shape, signalOf, text } from '../shape.ts';
import type { Source } from '../source.ts';

/** Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations": what a destination gets, also for streams. */
const Record = shape({
  timestamp: text,
  requestContext: shape({ functionArn: text, condition: text, approximateInvokeCount: number, requestId: text }),
  responseContext: shape({ functionError: text, statusCode: number }),
  responsePayload: shape({ errorMessage: text, errorType: text }),
  KinesisBatchInfo: map,
  DDBStreamBatchInfo: map,
});

/** What Lambda sends to the destination of an asynchronous invocation. (Through EventBridge it is a row of eventbridge.ts.) */
export const lambda: Source = {
  name: 'lambda',
  matches: ({ json }) =>
    isRecord(json?.['requestContext']) &&
    json['requestContext']['functionArn'] !== undefined &&
    json['requestContext']['condition'] !== undefined,
  read: (payload) => {
    const record = Record.parse(payload.json);
    const { functionArn, condition, approximateInvokeCount } = record.requestContext;
    const resource = resourceNamed(functionArn, 'Lambda function');
    const name = resource?.name ?? 'unknown function';
    const ok = condition === 'Success';
    const stream = text.parse(record.KinesisBatchInfo['streamArn'] ?? record.DDBStreamBatchInfo['streamArn']);
    const why =
      record.responsePayload.errorMessage ??
      record.responseContext.functionError ??
      (condition === undefined ? undefined : spaced(condition));
    return signalOf(payload, {
      source: 'lambda',
      kind: ok ? 'invocation succeeded' : 'invocation failed',
      dedupKey: `lambda:invocation:${functionArn?.replace(/:\$?[A-Za-z0-9_-]+$/, (version) => (/^:(?:\$LATEST|\d+)$/.test(version) ? '' : version)) ?? name}`,
      severity: ok ? 'info' : 'medium',
      state: ok ? 'resolved' : 'firing',
      title: `Lambda function ${name} ${ok ? 'succeeded' : 'failed'}`,
      sentence: asSentence(
        ok
          ? `The Lambda function ${name} succeeded`
          : `The Lambda function ${name} failed${approximateInvokeCount === undefined ? '' : ` after ${approximateInvokeCount} ${approximateInvokeCount === 1 ? 'try' : 'tries'}`}${why === undefined ? '' : `: ${why}`}`,
      ),
      accounts: [functionArn?.split(':')[4]],
      regions: [functionArn?.split(':')[3]],
      times: [record.timestamp],
      resource,
      links: (where) => [lambdaFunctionLink(where, name)],
      fields: [
        ['Condition', condition],
        ['Error', [record.responsePayload.errorType, record.responsePayload.errorMessage].filter(Boolean).join(': ')],
        ['Stream', stream],
        ['Request', record.requestContext.requestId],
      ],
    });
  },
};
