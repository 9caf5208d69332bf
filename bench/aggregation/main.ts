// npm run bench:aggregation: memory, speed and answering time of aggregation's store and learning under many real
// endpoints and then under a scan with a million distinct paths. Real SQLite file, real learning thread; no network.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { AggregationMetrics } from '../../runtime/aggregation/aggregation-metrics.ts';
import { aggregationConfig } from '../../runtime/aggregation/config.ts';
import { LearningWorker } from '../../runtime/aggregation/learning/learning-worker.ts';
import { openDatabase } from '../../runtime/aggregation/store/database.ts';
import { EndpointStore } from '../../runtime/aggregation/store/endpoint-store.ts';
import { FindingsStore } from '../../runtime/aggregation/store/findings-store.ts';
import { PathReader } from '../../runtime/aggregation/store/path-reader.ts';
import { UploadLoop } from '../../runtime/aggregation/upload-loop.ts';
import { classifySegments } from '../../runtime/processing/request-target.ts';
import type { Observation } from '../../runtime/protocol/generated/findings.ts';
import { newObservation, newParameter } from '../../runtime/protocol/observation.ts';
import { TemplateBook } from '../../runtime/protocol/template-book.ts';
import type { Log } from '../../runtime/service/log.ts';
import { Random } from '../discovery/random.ts';
import { routeWords } from '../discovery/words.ts';

const { values } = parseArgs({
  options: {
    endpoints: { type: 'string', default: '100000' },
    scanner: { type: 'string', default: '1000000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('usage: npm run bench:aggregation -- [--endpoints 100000] [--scanner 1000000]');
  process.exit(0);
}
const endpointCount = Number(values.endpoints);
const scannerCount = Number(values.scanner);
const deltaObservations = 2000;

const folder = mkdtempSync(join(tmpdir(), 'oob-bench-aggregation-'));
const { limits, thresholds, templates } = aggregationConfig.parse({ dataDir: folder });
const database = openDatabase(folder);
const book = new TemplateBook();
const store = new FindingsStore(database, limits, book);
const endpoints = new EndpointStore(database);
const learning = new LearningWorker({ thresholds, templates });
const quiet = new Proxy({} as AggregationMetrics, { get: () => () => {} });
const log = new Proxy({} as Log, { get: () => () => {} });
const loop = new UploadLoop({
  paths: new PathReader(database),
  endpoints,
  learning,
  uploader: { send: async upload => ({ accepted: upload.endpoints.length }) },
  onTemplates: (host, learnt) => book.update({ host, revision: performance.now(), templates: [...learnt] }),
  ...{ clusterName: 'bench', uploadIntervalMs: 1000, metrics: quiet, log },
});
const random = new Random('aggregation');
const delay = monitorEventLoopDelay({ resolution: 5 });
let sequence = 0;
let evicted = 0;

console.log(
  `${'step'.padEnd(38)}${['RSS MB', 'file MB', 'µs/path', 'seconds', 'pause p99', 'max ms'].map(text => text.padStart(10)).join('')}`,
);
try {
  await step(`${endpointCount} endpoints, 3 requests each`, 3 * endpointCount, async () => {
    for (let round = 0; round < 3; round++) await send(endpointCount, realPath);
  });
  await step('learn all hosts', endpointCount, () => loop.learn());
  for (let part = 1; part <= 4; part++) {
    await step(`${(scannerCount / 4) * part} distinct scanner paths`, scannerCount / 4, () =>
      send(scannerCount / 4, scannerPath),
    );
    await step('learn', scannerCount / 4, () => loop.learn());
  }
  console.log(`endpoints in the inventory ${endpoints.pendingCount()}, paths given up ${evicted}`);
} finally {
  await learning.close();
  database.close();
  rmSync(folder, { recursive: true });
}

async function step(name: string, paths: number, work: () => Promise<void>): Promise<void> {
  delay.reset();
  delay.enable();
  const begin = performance.now();
  await work();
  const milliseconds = performance.now() - begin;
  delay.disable();
  globalThis.gc?.();
  const figures = [
    (process.memoryUsage().rss / 2 ** 20).toFixed(0),
    (statSync(join(folder, 'aggregation.sqlite')).size / 2 ** 20).toFixed(0),
    ((milliseconds * 1000) / paths).toFixed(1),
    (milliseconds / 1000).toFixed(1),
    (delay.percentile(99) / 1e6).toFixed(0),
    (delay.max / 1e6).toFixed(0),
  ];
  console.log(name.padEnd(38) + figures.map(text => text.padStart(10)).join(''));
}

/** As deltas of one agent, with a turn for other work after each. */
async function send(count: number, make: (i: number) => Observation): Promise<void> {
  for (let from = 0; from < count; from += deltaObservations) {
    sequence += 1;
    const observations = Array.from({ length: Math.min(deltaObservations, count - from) }, (_, i) =>
      make(from + i),
    );
    const delta = { agent: 'bench', epoch: 'bench', first: sequence, last: sequence, observations };
    const { overflow } = store.apply(delta, Date.now());
    evicted += overflow.evictedPaths;
    await setImmediate();
  }
}

function observation(
  host: string,
  method: string,
  segments: readonly string[],
  names: readonly string[],
): Observation {
  return newObservation({
    ...{ host, method, requests: 1, firstSeenUs: sequence + 1, lastSeenUs: sequence + 1 },
    segments: classifySegments(segments) ?? [],
    outcomes: [{ status: 200, content: 'json', requests: 1 }],
    parameters: names.map(name => newParameter({ location: 1, name, types: [{ type: 'string', count: 1 }] })),
  });
}

/** 100 hosts with 40 collections each, as people write them: list, create, read, delete, and resources below an item. */
function realPath(i: number): Observation {
  const [a, b, k] = [i % 100, Math.floor(i / 100) % 40, Math.floor(i / 4000)];
  const word = (n: number) => routeWords[(n * 7 + a) % routeWords.length] as string;
  const list = ['api', 'v1', `${word(b)}s`];
  const item = [...list, String(random.int(1, 1e6))];
  const host = `service-${a}.example`;
  const below = word(50 + 11 * b + k);
  if (k === 0) return observation(host, 'GET', list, ['page', 'limit', `${word(b)}_sort`]);
  if (k === 1) return observation(host, 'POST', list, ['dry_run']);
  if (k === 2) return observation(host, 'GET', item, ['fields']);
  if (k === 3) return observation(host, 'DELETE', item, []);
  return observation(host, k % 3 === 0 ? 'POST' : 'GET', [...item, below], ['page', `${below}_filter`]);
}

function scannerPath(): Observation {
  const word = () => random.text('abcdefghijklmnopqrstuvwxyz', random.int(4, 10));
  const segments = random.chance(0.5) ? [word(), word()] : [word(), word(), `${word()}.php`];
  return observation('service-0.example', 'GET', segments, []);
}
