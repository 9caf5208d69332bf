// Trains the learner on the development set and writes its weights. Usage:
//   node runtime/node.mjs bench/discovery/train.ts [--seed 1] [--runs 25]
// Same seed, same runs: same file. Cross-validated models for the benchmark are kept in the cache folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { WeightsFile } from '../../runtime/aggregation/learner/model.ts';
import { developmentSet, readDocument } from './corpus.ts';
import { foldModelsFile } from './fold-models.ts';
import { readApi } from './openapi.ts';
import { train } from './training.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '25' } },
});
const apis = developmentSet().map(name => readApi(name, readDocument(name)));
const trained = train(apis, {
  seed: values.seed,
  runs: Number(values.runs),
  log: line => process.stderr.write(`${line}\n`),
});
const weightsFile = new URL('../../runtime/aggregation/learner/weights.json', import.meta.url);
writeFileSync(weightsFile, `${text(trained.all)}\n`);
mkdirSync(dirname(foldModelsFile()), { recursive: true });
writeFileSync(foldModelsFile(), JSON.stringify(trained.byFold.map(rounded)));
process.stderr.write(`wrote ${weightsFile.pathname} and ${foldModelsFile()}\n`);

/** Five significant digits are more than the fit is worth, and keep the file small and its diffs readable. */
function rounded(file: WeightsFile): WeightsFile {
  return JSON.parse(
    JSON.stringify(file, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)),
  );
}

function text(file: WeightsFile): string {
  return JSON.stringify(rounded(file), null, 1).replace(
    /\[\n\s+"([^"]*)",\n\s+([\d.]+)\n\s+\]/g,
    '["$1", $2]',
  );
}
