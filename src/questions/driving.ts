import type { AskAws } from '../aws/asking.ts';
import { AwsTrouble } from '../aws/aws.ts';
import type { Answer, Asking } from '../framework/asks.ts';

/** Follows a course of requests, those that stand side by side at once. Each is asked anew. */
export async function drive<Result>(asking: Asking<Result>, askAws: AskAws): Promise<Result> {
  let turn = asking.next();
  while (turn.done !== true) turn = asking.next(await Promise.all(turn.value.map(askAws)));
  return turn.value;
}

/** The value of an answer. @throws AwsTrouble where there is none */
export function valueIn<Value>(answer: Answer<Value>): Value {
  if (answer.is === 'value') return answer.value;
  if (answer.is === 'absent') throw new AwsTrouble('absent', answer.message);
  throw new AwsTrouble(answer.why.startsWith('denied') ? 'denied' : 'other', answer.sentence);
}
