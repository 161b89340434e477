const units = [
  ['w', 'week', 7 * 86_400_000],
  ['d', 'day', 86_400_000],
  ['h', 'hour', 3_600_000],
  ['m', 'minute', 60_000],
  ['s', 'second', 1000],
] as const;

const longestMs = 3650 * 86_400_000;

/**
 * Milliseconds of a duration as people write it: `0m`, `90s`, `15m`, `1h30m`, `2d`, `1w`; units from the largest
 * to the smallest. Undefined when it is none, or longer than ten years.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(
    text.replaceAll(' ', '').toLowerCase(),
  );
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  const ms = units.reduce((sum, [, , unit], i) => sum + Number(match[i + 1] ?? 0) * unit, 0);
  return ms <= longestMs ? ms : undefined;
}

/** A duration as short as it can be read: `40 s`, `12 min`, `5 h 20 min`, `3 d 4 h`. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [unit, small, whole] =
    minutes < 1440 ? (['h', 'min', minutes] as const) : (['d', 'h', Math.round(minutes / 60)] as const);
  const per = unit === 'h' ? 60 : 24;
  const rest = whole % per;
  return `${Math.floor(whole / per)} ${unit}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** A duration in words, to the second, in at most two units: `15 minutes`, `1 hour 30 minutes`, `2 weeks`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000)) * 1000;
  const parts: string[] = [];
  for (const [, word, unit] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${word}${count === 1 ? '' : 's'}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 seconds' : parts.join(' ');
}
