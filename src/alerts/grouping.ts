const flapWindowMs = 10 * 60_000;
const flapsToFlap = 3;

/** The changes of state that still count at a time: those of the ten minutes before. */
export const recentFlaps = (flaps: readonly Date[], now: Date): Date[] =>
  flaps.filter((flap) => now.getTime() - flap.getTime() < flapWindowMs);

/** An alert whose source changed its mind three times in ten minutes is flapping: it is shown as that and stops posting. */
export const isFlapping = (flaps: readonly Date[]): boolean => flaps.length >= flapsToFlap;

/** How long the alerts of a storm are counted together, in milliseconds. */
export const stormWindowMs = 60_000;
