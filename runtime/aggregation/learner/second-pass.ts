// What the first pass found out elsewhere in the same host, as further features of a child.

/** Tallies of a first pass over one host. */
export class FirstPass {
  private readonly places = new Map<string, { parameter: number; literal: number }>();

  /** Records how a token was judged in one place. */
  record(token: string, isParameter: boolean): void {
    let tally = this.places.get(token);
    if (tally === undefined) {
      tally = { parameter: 0, literal: 0 };
      this.places.set(token, tally);
    }
    if (isParameter) tally.parameter++;
    else tally.literal++;
  }

  /** Whether the token was taken for a value in most places. */
  isValue(token: string): boolean {
    const tally = this.places.get(token);
    return tally !== undefined && tally.parameter > tally.literal;
  }

  /** Places where the token was judged so, without the one that is being judged now. */
  elsewhere(token: string, judgedHere: boolean): { readonly parameter: number; readonly literal: number } {
    const tally = this.places.get(token) ?? { parameter: 0, literal: 0 };
    return {
      parameter: Math.max(0, tally.parameter - (judgedHere ? 1 : 0)),
      literal: Math.max(0, tally.literal - (judgedHere ? 0 : 1)),
    };
  }
}

/** Names of the features that the second pass adds to a row. */
export const secondPassFeatures: readonly string[] = [
  'first score',
  'a value in other places',
  'a literal in other places',
  'siblings that are values in other places',
  'siblings that are literals in other places',
  'mean first score of the siblings',
  'share of siblings that scored as values',
  'only child that scored so',
  'mean first score of the siblings × siblings',
  'share of siblings that scored as values × siblings',
  'first score × siblings',
];

/** A first-pass row with the second pass's features behind it. `scores`: first-pass scores of all children of the place. */
export function secondRows(
  rows: readonly Float64Array[],
  tokens: readonly string[],
  scores: readonly number[],
  first: FirstPass,
): Float64Array[] {
  const count = tokens.length;
  const elsewhere = tokens.map((token, i) => first.elsewhere(token, (scores[i] as number) > 0));
  const clamp = (score: number) => Math.max(-6, Math.min(6, score));
  let sum = 0;
  let values = 0;
  let valueTokens = 0;
  let literalTokens = 0;
  for (let i = 0; i < count; i++) {
    sum += clamp(scores[i] as number);
    if ((scores[i] as number) > 0) values++;
    const { parameter, literal } = elsewhere[i] as { parameter: number; literal: number };
    if (parameter > literal) valueTokens++;
    else if (literal > 0) literalTokens++;
  }
  return rows.map((row, i) => {
    const own = clamp(scores[i] as number);
    const { parameter, literal } = elsewhere[i] as { parameter: number; literal: number };
    const others = Math.max(1, count - 1);
    const isValue = own > 0;
    const extended = new Float64Array(row.length + secondPassFeatures.length);
    extended.set(row);
    extended.set(
      [
        own,
        Math.log1p(parameter),
        Math.log1p(literal),
        (valueTokens - (parameter > literal ? 1 : 0)) / others,
        (literalTokens - (parameter <= literal && literal > 0 ? 1 : 0)) / others,
        count === 1 ? 0 : (sum - own) / others,
        count === 1 ? 0.5 : (values - (isValue ? 1 : 0)) / others,
        count > 2 && ((isValue && values === 1) || (!isValue && values === count - 1)) ? 1 : 0,
        count === 1 ? 0 : ((sum - own) / others) * Math.log(count),
        (count === 1 ? 0.5 : (values - (isValue ? 1 : 0)) / others) * Math.log(count),
        own * Math.log(count),
      ],
      row.length,
    );
    return extended;
  });
}
