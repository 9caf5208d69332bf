// The five cross-validated models: each judges the APIs it was not trained on.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WeightsFile } from '../../runtime/aggregation/learner/model.ts';
import { cacheFolder } from './corpus.ts';
import type { Api } from './openapi.ts';
import { foldOf, type Trained, train } from './training.ts';

/** Where `train.ts` leaves them and the benchmark finds them. */
export function foldModelsFile(): string {
  return join(cacheFolder(), 'discovery-models', 'folds.json');
}

/** Weights for an API, from a training that has not seen it. Trains first when there are none (some minutes). */
export function foldWeights(apis: readonly Api[]): (api: Api) => WeightsFile {
  const file = foldModelsFile();
  let byFold: Trained['byFold'];
  if (existsSync(file)) byFold = JSON.parse(readFileSync(file, 'utf8')) as Trained['byFold'];
  else {
    process.stderr.write(
      'no cross-validated models yet: training (run bench/discovery/train.ts to keep them)\n',
    );
    byFold = train(apis, { seed: '1', runs: 25, log: line => process.stderr.write(`${line}\n`) }).byFold;
  }
  return api => byFold[foldOf(api.name)] as WeightsFile;
}
