// The learned score: two logistic regressions, one per pass, and the lexicon they read. All of it is data in weights.json.
import { firstPassFeatures, weightsAtPlace } from './child-features.ts';
import { Lexicon } from './lexicon.ts';
import { secondPassFeatures } from './second-pass.ts';

/** Linear log-odds: bias + Σ weight × feature. */
export interface LinearWeights {
  readonly bias: number;
  readonly features: readonly string[];
  readonly weights: readonly number[];
  /** Mean of each feature in training: an explanation names the features that differ from it with the largest effect. */
  readonly means: readonly number[];
}

/** Content of weights.json; see README.md for how it is made. */
export interface WeightsFile {
  readonly version: number;
  readonly training: Readonly<Record<string, unknown>>;
  readonly first: LinearWeights;
  readonly second: LinearWeights;
  readonly lexicon: readonly (readonly [string, number])[];
}

export const weightsVersion = 1;

export class LinearModel {
  private readonly bias: number;
  private readonly names: readonly string[];
  private readonly weights: Float64Array;
  private readonly means: readonly number[];

  /** Throws when the file's features are not the ones that this code computes, in the same order. */
  constructor(file: LinearWeights, expected: readonly string[]) {
    const wrong = expected.findIndex((name, i) => file.features[i] !== name);
    if (wrong >= 0 || file.features.length !== expected.length || file.weights.length !== expected.length)
      throw new Error(
        `weights do not fit the features of this version: feature ${wrong} is ${JSON.stringify(file.features[wrong])}, ` +
          `expected ${JSON.stringify(expected[wrong])}; train again with "node runtime/node.mjs bench/discovery/train.ts"`,
      );
    this.bias = file.bias;
    this.names = file.features;
    this.weights = Float64Array.from(file.weights);
    this.means = file.means;
  }

  /** A function that gives the log-odds of being a value for the rows of one place, and what a later pass adds to them. */
  scorer(moderators: readonly number[]): (row: Float64Array, further?: readonly number[]) => number {
    const weights = weightsAtPlace(this.weights, moderators);
    const furtherWeights = this.weights.subarray(firstPassFeatures.length);
    return (row, further = []) => {
      let sum = this.bias;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (row[i] as number);
      for (let i = 0; i < further.length; i++) sum += (furtherWeights[i] as number) * (further[i] as number);
      return sum;
    };
  }

  /** The `count` features of a full row that moved the score most, as effects against an average text. */
  explain(
    row: Float64Array,
    count: number,
  ): { readonly feature: string; readonly value: number; readonly effect: number }[] {
    return this.names
      .map((feature, i) => ({
        feature,
        value: row[i] as number,
        effect: (this.weights[i] as number) * ((row[i] as number) - (this.means[i] as number)),
      }))
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
      .slice(0, count);
  }
}

/** Both passes and the lexicon. */
export class Model {
  readonly first: LinearModel;
  readonly second: LinearModel;
  readonly lexicon: Lexicon;

  constructor(file: WeightsFile) {
    if (file.version !== weightsVersion)
      throw new Error(`weights have version ${file.version}, this code reads ${weightsVersion}; train again`);
    this.first = new LinearModel(file.first, firstPassFeatures);
    this.second = new LinearModel(file.second, [...firstPassFeatures, ...secondPassFeatures]);
    this.lexicon = new Lexicon(file.lexicon);
  }
}
