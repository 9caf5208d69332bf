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

const clamp = (score: number): number => Math.max(-6, Math.min(6, score));

/** The second pass's features of each token of a place, from the first-pass scores of all of them. */
export function furtherFeatures(
  tokens: readonly string[],
  scores: readonly number[],
  first: FirstPass,
): number[][] {
  const count = tokens.length;
  const elsewhere = tokens.map((token, i) => first.elsewhere(token, (scores[i] as number) > 0));
  const isValueElsewhere = elsewhere.map(({ parameter, literal }) => parameter > literal);
  const isLiteralElsewhere = elsewhere.map(({ parameter, literal }) => parameter <= literal && literal > 0);
  const sum = scores.reduce((total, score) => total + clamp(score), 0);
  const values = scores.filter(score => score > 0).length;
  const valueTokens = isValueElsewhere.filter(Boolean).length;
  const literalTokens = isLiteralElsewhere.filter(Boolean).length;
  const others = Math.max(1, count - 1);
  const logCount = Math.log(count);
  return scores.map((score, i) => {
    const own = clamp(score);
    const isValue = own > 0;
    const mean = count === 1 ? 0 : (sum - own) / others;
    const share = count === 1 ? 0.5 : (values - (isValue ? 1 : 0)) / others;
    const alone = count > 2 && (isValue ? values === 1 : values === count - 1);
    return [
      own,
      Math.log1p(elsewhere[i]?.parameter ?? 0),
      Math.log1p(elsewhere[i]?.literal ?? 0),
      (valueTokens - (isValueElsewhere[i] ? 1 : 0)) / others,
      (literalTokens - (isLiteralElsewhere[i] ? 1 : 0)) / others,
      mean,
      share,
      alone ? 1 : 0,
      mean * logCount,
      share * logCount,
      own * logCount,
    ];
  });
}
