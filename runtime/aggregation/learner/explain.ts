// Why a path is assigned as it is: for each segment the rule that decided, and for judged texts the score and its reasons.
import { type Decided, type DecidedParameter, judgePlace, placeDescriber } from './decide.ts';
import type { Model } from './model.ts';
import type { PathSegment } from './observation.ts';
import type { Overrides } from './overrides.ts';
import type { FirstPass } from './second-pass.ts';
import { TextCache } from './text-features.ts';
import { isShapeToken, shapeOf, type TrieNode, tokenOf } from './trie.ts';
import { rowsOfSecondPass, secondJudge } from './two-passes.ts';

export interface SegmentExplanation {
  readonly segment: string;
  readonly decision: 'literal' | 'parameter';
  readonly rule:
    | 'shape'
    | 'score'
    | 'protected word'
    | 'majority of the siblings'
    | 'numbered like its siblings'
    | 'operator'
    | 'never seen';
  /** Log-odds of being a value; for judged texts. */
  readonly score?: number;
  /** What moved the score most, against an average text. */
  readonly features?: readonly {
    readonly feature: string;
    readonly value: number;
    readonly effect: number;
  }[];
}

const featuresShown = 8;

export function explainPath(
  root: TrieNode,
  decided: Decided,
  tallies: FirstPass,
  model: Model,
  overrides: Overrides | undefined,
  segments: readonly PathSegment[],
): SegmentExplanation[] {
  const describe = placeDescriber(root, {
    texts: new TextCache(model.lexicon),
    isValue: token => tallies.isValue(token),
  });
  const path: string[] = [];
  let parent: string | undefined;
  let current: Decided | undefined = decided;
  return segments.map((segment): SegmentExplanation => {
    const token = tokenOf(segment);
    const here: Decided | undefined = current;
    const suffix = isShapeToken(token) ? shapeOf(token).suffix : '';
    const literal: Decided | undefined = here?.literals.get(token);
    const parameter: DecidedParameter | undefined = here?.parameters.get(suffix) ?? here?.parameters.get('');
    const decision =
      literal === undefined && (isShapeToken(token) || parameter !== undefined) ? 'parameter' : 'literal';
    const step = {
      segment: isShapeToken(token) ? `{${shapeOf(token).shape}}${suffix}` : token,
      decision,
    } as const;
    const said = overrides?.override(path, token);
    const rows = here === undefined || isShapeToken(token) ? undefined : describe(here.place, path, parent);
    const index = rows?.tokens.indexOf(token) ?? -1;
    current = literal ?? parameter;
    path.push(decision === 'literal' ? token : `{}${suffix}`);
    parent = decision === 'literal' ? token : undefined;
    if (isShapeToken(token)) return { ...step, rule: 'shape' };
    if (rows === undefined || index < 0) return { ...step, rule: 'never seen' };
    const verdict = judgePlace(rows, secondJudge(model, tallies))[index];
    const second = rowsOfSecondPass(model.first, tallies, rows);
    const features = model.second.explain(second[index] as Float64Array, featuresShown);
    return {
      ...step,
      rule: said !== undefined ? 'operator' : (verdict?.reason ?? 'score'),
      score: verdict?.score ?? 0,
      features,
    };
  });
}
