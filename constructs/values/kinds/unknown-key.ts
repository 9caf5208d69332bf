/** What to do about a key that is not declared: the one that was meant, or those that there are. */
export function unknownKeyRemedy(key: string, known: readonly string[]): string {
  const similar = known.find(name => distance(name.toLowerCase(), key.toLowerCase()) <= 2);
  return `unknown key${similar ? `; did you mean ${similar}?` : `; known here: ${known.join(', ')}`}`;
}

/** Levenshtein distance, by rows. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, character] of [...left].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (right[column - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
