/** A stretch of time, half open, in milliseconds UTC. Lists of spans are in order and do not overlap. */
export interface Span {
  from: number;
  to: number;
}

/** Spans in any order and overlapping as a list of those that they cover together. */
export function union(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** The parts of spans that lie within others. */
export function within<S extends Span>(spans: readonly S[], others: readonly Span[]): S[] {
  const parts: S[] = [];
  let place = 0;
  for (const span of spans) {
    while ((others[place]?.to ?? Number.POSITIVE_INFINITY) <= span.from) place++;
    for (let at = place; at < others.length; at++) {
      const other = others[at];
      if (other === undefined || other.from >= span.to) break;
      parts.push({ ...span, from: Math.max(span.from, other.from), to: Math.min(span.to, other.to) });
    }
  }
  return parts;
}

/** What of a span the others leave free. */
export function rest(of: Span, others: readonly Span[]): Span[] {
  const free: Span[] = [];
  let from = of.from;
  for (const other of others) {
    if (other.from > from) free.push({ from, to: Math.min(other.from, of.to) });
    from = Math.max(from, other.to);
    if (from >= of.to) return free;
  }
  if (from < of.to) free.push({ from, to: of.to });
  return free;
}
