// First pass: every place judged on its own. Second pass: the same with what the first found elsewhere in the host.
import type { PlaceRows } from './child-features.ts';
import { type Decided, type Judge, judgePlace, type Override, walk } from './decide.ts';
import type { LinearModel, Model } from './model.ts';
import { FirstPass, secondRows } from './second-pass.ts';
import { TextCache } from './text-features.ts';
import type { TrieNode } from './trie.ts';

/** A judge that scores with the first model alone and keeps tallies for the second pass. */
export function firstJudge(model: LinearModel, tallies: FirstPass): Judge {
  return rows => {
    const scores = rows.rows.map(row => model.score(row));
    const verdicts = judgePlace(rows, () => scores);
    for (const [i, token] of rows.tokens.entries()) tallies.record(token, verdicts[i]?.isValue === true);
    return scores;
  };
}

/** Rows of the second pass for a place. */
export function rowsOfSecondPass(first: LinearModel, tallies: FirstPass, rows: PlaceRows): Float64Array[] {
  return secondRows(
    rows.rows,
    rows.tokens,
    rows.rows.map(row => first.score(row)),
    tallies,
  );
}

export function secondJudge(model: Pick<Model, 'first' | 'second'>, tallies: FirstPass): Judge {
  return rows => {
    const b = +(process.env.BLEND ?? 0);
    return rowsOfSecondPass(model.first, tallies, rows).map(
      (row, i) => (1 - b) * model.second.score(row) + b * model.first.score(rows.rows[i] as Float64Array),
    );
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
