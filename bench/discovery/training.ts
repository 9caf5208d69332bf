// Training and cross-validation of the learner's two passes on the development set.
import {
  expandRow,
  firstPassFeatures,
  type PlaceRows,
} from '../../runtime/aggregation/learner/child-features.ts';
import { type Judge, walk } from '../../runtime/aggregation/learner/decide.ts';
import type { Lexicon } from '../../runtime/aggregation/learner/lexicon.ts';
import {
  LinearModel,
  type LinearWeights,
  Model,
  type WeightsFile,
  weightsVersion,
} from '../../runtime/aggregation/learner/model.ts';
import { FirstPass, secondPassFeatures } from '../../runtime/aggregation/learner/second-pass.ts';
import type { Mask } from '../../runtime/aggregation/learner/siblings.ts';
import { TextCache } from '../../runtime/aggregation/learner/text-features.ts';
import { firstJudge, rowsOfSecondPass } from '../../runtime/aggregation/learner/two-passes.ts';
import { type LabelledTrie, labelledTrie, lexiconOf } from './labelled-trie.ts';
import { fitLogistic, Rows } from './logistic-regression.ts';
import type { Api } from './openapi.ts';
import { fnv1a } from './random.ts';
import { defaultShape, randomShape, type TrafficShape } from './shapes.ts';
import { Traffic } from './traffic.ts';

export const folds = 5;
/** Fold of an API: by its name, so that it never depends on the order of a list. */
export const foldOf = (name: string): number => fnv1a(`fold/${name}`) % folds;

export interface TrainingOptions {
  readonly seed: string;
  /** Traffics per API, each of another random shape. */
  readonly runs: number;
  readonly log: (line: string) => void;
}

/** What training yields: one model per fold, trained without that fold's APIs, and the one of all. */
export interface Trained {
  readonly byFold: readonly WeightsFile[];
  readonly all: WeightsFile;
}

const secondNames = [...firstPassFeatures, ...secondPassFeatures];
const fitting = { epochs: 8, l2: 3e-4 };

export function train(apis: readonly Api[], options: TrainingOptions): Trained {
  const { seed, runs, log } = options;
  // Words of an API's own fold are never in the lexicon that describes it, in training and in evaluation alike.
  const lexicons = Array.from({ length: folds }, (_, fold) =>
    lexiconOf(apis.filter(api => foldOf(api.name) !== fold)),
  );
  const traffics = [...trainingTraffics(apis, runs, seed)];
  log(`${traffics.length} traffics`);
  const first = new Rows(firstPassFeatures.length);
  for (const traffic of traffics)
    collect(traffic, new TextCache(lexicons[traffic.fold] as Lexicon), first, place =>
      place.rows.map(row => expandRow(row, place.moderators)),
    );
  log(`first pass: ${first.count} rows`);
  const firstBy = fitAll(first, firstPassFeatures, seed);
  const second = new Rows(secondNames.length);
  for (const traffic of traffics) {
    const texts = new TextCache(lexicons[traffic.fold] as Lexicon);
    // First-pass scores of an API come from the model that has not seen it, as they will in use.
    const model = new LinearModel(firstBy.byFold[traffic.fold] as LinearWeights, firstPassFeatures);
    const tallies = new FirstPass();
    walk(traffic.root, { judge: firstJudge(model, tallies), texts });
    const rowsOf = (rows: PlaceRows) => rowsOfSecondPass(model, tallies, rows);
    collect(traffic, texts, second, rowsOf, token => tallies.isValue(token));
  }
  log(`second pass: ${second.count} rows`);
  const secondBy = fitAll(second, secondNames, seed);
  const file = (
    firstWeights: LinearWeights,
    secondWeights: LinearWeights,
    lexicon: Lexicon,
  ): WeightsFile => ({
    version: weightsVersion,
    training: { seed, runs, apis: apis.length, rows: second.count },
    first: firstWeights,
    second: secondWeights,
    lexicon: lexicon.entries(),
  });
  return {
    byFold: firstBy.byFold.map((weights, fold) =>
      file(weights, secondBy.byFold[fold] as LinearWeights, lexicons[fold] as Lexicon),
    ),
    all: file(firstBy.all, secondBy.all, lexiconOf(apis)),
  };
}

function fitAll(
  rows: Rows,
  names: readonly string[],
  seed: string,
): { byFold: LinearWeights[]; all: LinearWeights } {
  const options = { ...fitting, seed: `fit/${seed}` };
  return {
    byFold: Array.from({ length: folds }, (_, fold) =>
      fitLogistic(rows, names, other => other !== fold, options),
    ),
    all: fitLogistic(rows, names, () => true, options),
  };
}

interface TrainingTraffic extends LabelledTrie {
  readonly fold: number;
}

function* trainingTraffics(apis: readonly Api[], runs: number, seed: string): Generator<TrainingTraffic> {
  for (let run = 0; run < runs; run++)
    for (const api of apis) {
      const runSeed = `train/${seed}/${run}`;
      const traffic = new Traffic(api, trainingShape(`${runSeed}/${api.name}`, run), runSeed);
      yield { ...labelledTrie(traffic), fold: foldOf(api.name) };
    }
}

/** The first run is the default shape, all others are random. */
function trainingShape(seed: string, run: number): TrafficShape {
  return run === 0 ? defaultShape : randomShape(seed);
}

/** Walks a trie as the truth says and keeps the rows of every place. */
function collect(
  traffic: TrainingTraffic,
  texts: TextCache,
  into: Rows,
  rowsOf: (rows: PlaceRows) => readonly Float64Array[],
  isValue: Mask = () => false,
): void {
  const judge: Judge = place => {
    const truths = place.tokens.map(token => traffic.isValue(place.children.get(token) ?? []));
    // A place with thousands of values must not outweigh all others, but it counts for more than one with two.
    const weight = place.tokens.length ** -0.6;
    for (const [i, row] of rowsOf(place).entries()) {
      const truth = truths[i];
      if (truth !== undefined) into.add(row, truth ? 1 : 0, weight, traffic.fold);
    }
    return truths.map(truth => (truth === true ? 100 : -100));
  };
  walk(traffic.root, { judge, texts, isValue });
}

/** Models by fold, ready to use. */
export function models(trained: Trained): Model[] {
  return trained.byFold.map(file => new Model(file));
}
