// npm run bench:discovery: how accurate are the endpoints that are learnt from generated traffic, next to peers on the
// same traffic. Prints one table; with --json one JSON object.
import { parseArgs } from 'node:util';
import type { WeightsFile } from '../../runtime/aggregation/learner/model.ts';
import { TemplateLearner } from '../../runtime/aggregation/learner/template-learner.ts';
import { developmentSet, readDocument } from './corpus.ts';
import { admitted, pathSegments } from './exchange.ts';
import { firstCorrect } from './first-correct.ts';
import { foldWeights } from './fold-models.ts';
import { observationOf } from './labelled-trie.ts';
import type { AdmittedRequest, Contestant } from './methods/contestant.ts';
import { discover } from './methods/discover.ts';
import { harToOpenapi } from './methods/har-to-openapi.ts';
import { learner } from './methods/learner.ts';
import { optic } from './methods/optic.ts';
import { vendorRule } from './methods/vendor-rule.ts';
import { type Api, readApi } from './openapi.ts';
import { type ParameterScore, scoreParameters } from './parameters.ts';
import { average, type Score, score } from './score.ts';
import { namedShape, type ShapeName, shapeNames } from './shapes.ts';
import { Traffic } from './traffic.ts';

type LabelledRequest = AdmittedRequest & { readonly truth: number };

const usage = `usage: npm run bench:discovery -- [options]
  --density N    requests per operation: 10, 60, 200, …                       (default 60)
  --shape NAME   ${shapeNames.join(', ')}   (default default)
  --seed TEXT    of the traffic                                               (default a)
  --apis N       only the first N of the development set; 0: all              (default 0)
  --only NAME    only contestants whose name contains this
  --quick        without parameters, time to first correct and bytes (about a third of the time)
  --json         one JSON object instead of the table`;

const { values } = readArguments();
const shape = namedShape(values.shape as ShapeName, Number(values.density));
const names = developmentSet().slice(0, Number(values.apis) || undefined);
const apis = names.map(name => readApi(name, readDocument(name)));
const weightsOf = foldWeights(
  developmentSet().map(name => apis.find(api => api.name === name) ?? readApi(name, readDocument(name))),
);
const contestants = [learner(weightsOf), discover(weightsOf), vendorRule, harToOpenapi, optic].filter(c =>
  c.name.includes(values.only ?? ''),
);

interface Row {
  readonly scores: Score[];
  requests: number;
  microseconds: number;
}
const rows = new Map<Contestant, Row>(
  contestants.map(c => [c, { scores: [], requests: 0, microseconds: 0 }]),
);
const parameters: ParameterScore[] = [];
const first: number[] = [];
let raw = 0;
let admittedCount = 0;
let operations = 0;
let stateBytes = 0;

for (const api of apis) {
  const traffic = new Traffic(api, shape, values.seed);
  const requests: LabelledRequest[] = [];
  for (const { exchange, truth } of traffic) {
    raw++;
    if (admitted(exchange)) requests.push({ exchange, segments: pathSegments(exchange.path), truth });
  }
  admittedCount += requests.length;
  operations += new Set(requests.map(r => r.truth).filter(truth => truth >= 0)).size;
  for (const [contestant, row] of rows) row.scores.push(await run(contestant, row, api, traffic, requests));
  if (!values.quick && contestants.some(c => c.name === 'this learner')) {
    const weights = weightsOf(api);
    parameters.push(scoreParameters(traffic, requests, weights));
    for (const value of firstCorrect(requests, weights)) first.push(value);
    stateBytes += bytesOf(requests, weights);
  }
  process.stderr.write(process.stderr.isTTY ? `\r${api.name.padEnd(40)}` : '');
}
print();

async function run(
  contestant: Contestant,
  row: Row,
  api: Api,
  traffic: Traffic,
  all: readonly LabelledRequest[],
): Promise<Score> {
  const requests = all.slice(0, contestant.maximumRequests);
  const before = process.cpuUsage();
  const groups = await contestant.group(requests, api);
  // Processor time, not the clock's: the machine may have other work.
  const { user, system } = process.cpuUsage(before);
  row.microseconds += user + system;
  row.requests += requests.length;
  const scored = requests.map(({ exchange, segments, truth }, i) => ({
    truth,
    group: groups[i] as string,
    method: exchange.method,
    segments,
  }));
  return score(
    scored,
    api.operations.map(operation => operation.segments),
    traffic.kinds,
  );
}

/** Bytes of a learner's state as JSON: what it keeps of the requests. */
function bytesOf(requests: readonly LabelledRequest[], weights: WeightsFile): number {
  const one = new TemplateLearner({ weights });
  for (const { exchange, segments } of requests) one.observe(observationOf(exchange, segments));
  return JSON.stringify(one.toState()).length;
}

function print(): void {
  const sum = (key: keyof ParameterScore) => parameters.reduce((total, score) => total + score[key], 0);
  const sorted = first.toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  const extra = {
    parameterPrecision: (100 * sum('right')) / Math.max(1, sum('predicted')),
    parameterRecall: (100 * sum('right')) / Math.max(1, sum('expected')),
    typeAccuracy: (100 * sum('typesRight')) / Math.max(1, sum('right')),
    firstCorrectMedian: quantile(0.5),
    firstCorrectP90: quantile(0.9),
    bytesPerRequest: stateBytes / Math.max(1, admittedCount),
  };
  const results = [...rows].map(([contestant, row]) => ({
    name: contestant.name,
    cappedAt: contestant.maximumRequests,
    ...average(row.scores),
    microsecondsPerRequest: row.microseconds / Math.max(1, row.requests),
  }));
  const traffic = {
    apis: apis.length,
    operations,
    raw,
    admitted: admittedCount,
    density: shape.density,
    shape: values.shape,
    seed: values.seed,
  };
  if (values.json) {
    console.log(JSON.stringify({ traffic, results, ...(!values.quick && { learner: extra }) }, null, 1));
    return;
  }
  console.log(
    `${traffic.apis} APIs, ${operations} operations, ${raw} requests, ${admittedCount} admitted; ${values.density} per operation, shape ${values.shape}, seed ${values.seed}`,
  );
  const columns = [
    'pga',
    'rga',
    'fga',
    'ga',
    'templateF1',
    'explosion',
    'static',
    'shape',
    'word',
    'enum',
  ] as const;
  console.log(
    `${'method'.padEnd(24)}${['PGA', 'RGA', 'FGA', 'GA', 'tplF1', 'expl.', 'static', 'shape', 'word', 'enum', 'µs/req'].map(text => text.padStart(8)).join('')}`,
  );
  for (const result of results) {
    const figures = columns.map(column =>
      ((result as Record<string, unknown>)[column] as number).toFixed(column === 'explosion' ? 2 : 1),
    );
    const name = result.cappedAt === undefined ? result.name : `${result.name} *`;
    console.log(
      name.padEnd(24) +
        [...figures, result.microsecondsPerRequest.toFixed(1)].map(text => text.padStart(8)).join(''),
    );
  }
  for (const result of results)
    if (result.cappedAt !== undefined)
      console.log(`* only the first ${result.cappedAt} requests of each API: its time is quadratic`);
  if (values.quick) return;
  console.log(
    `learner: parameters precision ${extra.parameterPrecision.toFixed(1)} recall ${extra.parameterRecall.toFixed(1)} type accuracy ${extra.typeAccuracy.toFixed(1)}; ` +
      `requests to an operation until its template is right for good: median ${extra.firstCorrectMedian}, p90 ${extra.firstCorrectP90}; ` +
      `state ${extra.bytesPerRequest.toFixed(0)} bytes per request`,
  );
}

function readArguments() {
  try {
    const parsed = parseArgs({
      options: {
        density: { type: 'string', default: '60' },
        shape: { type: 'string', default: 'default' },
        seed: { type: 'string', default: 'a' },
        apis: { type: 'string', default: '0' },
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (parsed.values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (!(shapeNames as readonly string[]).includes(parsed.values.shape))
      throw new Error(`--shape ${parsed.values.shape} is not one of ${shapeNames.join(', ')}`);
    if (!(Number(parsed.values.density) > 0))
      throw new Error(`--density ${parsed.values.density} is not a number above 0`);
    return parsed;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
