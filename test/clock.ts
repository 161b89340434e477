/**
 * The clock of a test process. Tests never read the machine's: `Date` runs as always, but from an instant that is chosen,
 * so that a failure by the time of day comes again. A process that a test starts loads this file and has the same clock.
 */
let aheadMs = 0;

/** How far the tests' clock is ahead of the machine's, in milliseconds. */
export const clockAheadMs = (): number => aheadMs;

/** Lets `Date` run this much ahead of the machine. Sent to the browser as text: it uses nothing from outside. */
export function runAhead(ms: number): void {
  const key = Symbol.for('the Date of the machine');
  const machine: DateConstructor = Reflect.get(globalThis, key) ?? Date;
  Reflect.set(globalThis, key, machine);
  const now = (): number => machine.now() + ms;
  // A proxy and not a subclass: dates that the runtime makes stay instances of it.
  globalThis.Date = new Proxy(machine, {
    construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [now()] : given, self),
    apply: () => new machine(now()).toString(),
    get: (target, name, self) => (name === 'now' ? now : Reflect.get(target, name, self)),
  });
}

/** Sets how far this process is ahead, and those that it starts from now on. */
function setAhead(ms: number): void {
  aheadMs = ms;
  runAhead(ms);
  process.env['TRAILWATCH_TEST_AHEAD_MS'] = String(ms);
}

/** Sets the clock of this process, and of those that it starts from now on. */
export const setClock = (at: Date): void => setAhead(aheadMs + at.getTime() - Date.now());

/** The machine's clock, until the end of the file: for tests beside a program that has no other. */
export const runOnMachineClock = (): void => setAhead(0);

setAhead(Number(process.env['TRAILWATCH_TEST_AHEAD_MS'] ?? 0));
