/** Finds what somebody may have meant. */

/** @returns the known word that is nearest to one with a typing error; undefined where none is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const maxEdits = Math.max(1, Math.floor(word.length / 3));
  const ranked = [...new Set(known)].map((one) => [edits(word, one), one] as const).sort(([a], [b]) => a - b);
  const [best] = ranked;
  return best !== undefined && best[0] <= maxEdits ? best[1] : undefined;
}

/** The edit distance, in which two neighbours that changed places are one edit. @see https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance */
function edits(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      rows[i]?.push(best);
    }
  }
  return at(a.length, b.length);
}
