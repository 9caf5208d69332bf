// First pass: every place judged on its own. Second pass: the same with what the first found elsewhere in the host.
import { expandRow, type PlaceRows } from './child-features.ts';
import { type Decided, type Judge, judgePlace, type Override, walk } from './decide.ts';
import type { LinearModel, Model } from './model.ts';
import { FirstPass, furtherFeatures } from './second-pass.ts';
import { TextCache } from './text-features.ts';
import type { TrieNode } from './trie.ts';

function scoresOf(model: LinearModel, { rows, moderators }: PlaceRows): number[] {
  const score = model.scorer(moderators);
  return rows.map(row => score(row));
}

/** A judge that scores with the first model alone and keeps tallies for the second pass. */
export function firstJudge(model: LinearModel, tallies: FirstPass): Judge {
  return rows => {
    const scores = scoresOf(model, rows);
    const verdicts = judgePlace(rows, () => scores);
    for (const [i, token] of rows.tokens.entries()) tallies.record(token, verdicts[i]?.isValue === true);
    return scores;
  };
}

/** Full rows of the second pass for a place, as its model is trained on and explained by. */
export function rowsOfSecondPass(first: LinearModel, tallies: FirstPass, rows: PlaceRows): Float64Array[] {
  const further = furtherFeatures(rows.tokens, scoresOf(first, rows), tallies);
  return rows.rows.map((row, i) => expandRow(row, rows.moderators, further[i]));
}

export function secondJudge(model: Pick<Model, 'first' | 'second'>, tallies: FirstPass): Judge {
  return rows => {
    const firstScores = scoresOf(model.first, rows);
    const further = furtherFeatures(rows.tokens, firstScores, tallies);
    const second = model.second.scorer(rows.moderators);
    return rows.rows.map((row, i) => second(row, further[i]));
  };
}

/** Decides a host: both passes over the same counters. */
export function decideHost(
  root: TrieNode,
  model: Model,
  override?: Override,
): { readonly decided: Decided; readonly tallies: FirstPass } {
  const tallies = new FirstPass();
  const options = { texts: new TextCache(model.lexicon), ...(override && { override }) };
  walk(root, { ...options, judge: firstJudge(model.first, tallies) });
  const isValue = (token: string) => tallies.isValue(token);
  return { decided: walk(root, { ...options, isValue, judge: secondJudge(model, tallies) }), tallies };
}
