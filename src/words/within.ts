/** Whether the promise is fulfilled in that time. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What a promise gives, or undefined as soon as the work has to stop. Not Promise.race with one promise for all: that would
 * hold every answer until the last one is there.
 */
export function untilStopped<Value>(stopping: AbortSignal, promise: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (stopping.aborted) stop();
    stopping.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => stopping.removeEventListener('abort', stop));
  });
}
