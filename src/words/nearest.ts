/** Edits that turn one word into the other: insert, delete, replace, or swap two neighbours (optimal string alignment). */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/**
 * The known word that a mistyped one most likely stands for: at most a third of its letters wrong, or the only
 * word that begins with it or that it begins with. Undefined when nothing is near. Case does not count.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // Nobody mistypes a word of this length: no work for it, whatever is sent.
  if (word.length > 64) return undefined;
  const typed = word.toLowerCase();
  const words = [...known];
  const scored = words
    .map((candidate) => ({ candidate, edits: distance(typed, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.max(typed.length, candidate.length) / 3)))
    .sort((a, b) => a.edits - b.edits);
  if (scored[0] !== undefined) return scored[0].candidate;
  const begun = words.filter((candidate) => {
    const name = candidate.toLowerCase();
    return (typed.length > 1 && name.startsWith(typed)) || (name.length > 2 && typed.startsWith(name));
  });
  return begun.length === 1 ? begun[0] : undefined;
}

/** `; did you mean "--severity"?` for the end of a sentence, or '' when nothing is near; `before` stands before the word. */
export function didYouMean(word: string, known: Iterable<string>, before = ''): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean "${before}${near}"?`;
}
