// Memory and time of the learner under hostile cardinality: real endpoints first, then distinct scanner paths. Usage:
//   node runtime/node.mjs bench/discovery/memory.ts [--endpoints 100000] [--scanner 1000000]
import { parseArgs } from 'node:util';
import { TemplateLearner } from '../../runtime/aggregation/learner/template-learner.ts';
import { Random } from './random.ts';
import { routeWords } from './words.ts';

const { values } = parseArgs({
  options: {
    endpoints: { type: 'string', default: '100000' },
    scanner: { type: 'string', default: '1000000' },
  },
});
const random = new Random('memory');
const learner = new TemplateLearner();

function observe(host: string, segments: readonly string[]): void {
  learner.observe({ host, method: 'GET', segments, status: 200, responseContentType: 'application/json' });
}

function report(step: string, requests: number, since: number): void {
  const milliseconds = performance.now() - since;
  globalThis.gc?.();
  const megabytes = process.memoryUsage().heapUsed / 2 ** 20;
  const { nodes, foldedNodes } = learner.statistics();
  const perRequest = ((milliseconds * 1000) / requests).toFixed(1);
  console.log(
    `${step.padEnd(34)} heap ${megabytes.toFixed(0).padStart(5)} MB  nodes ${String(nodes).padStart(7)}  folded ${String(foldedNodes).padStart(8)}  ${perRequest} µs per request`,
  );
}

// 100 hosts with services, resources and sub-resources; every endpoint is seen three times.
const endpoints = Number(values.endpoints);
let start = performance.now();
for (let round = 0; round < 3; round++)
  for (let i = 0; i < endpoints; i++) {
    const [a, b, c] = [i % 100, Math.floor(i / 100) % 40, Math.floor(i / 4000)];
    const word = (n: number) => routeWords[(n * 7 + a) % routeWords.length] as string;
    observe(`service-${a}.example`, [
      'api',
      'v1',
      `${word(b)}s`,
      String(random.int(1, 1e6)),
      `${word(c)}-${c}`,
    ]);
  }
report(`${endpoints} endpoints, 3 requests each`, 3 * endpoints, start);
start = performance.now();
learner.learn();
report('learn', 3 * endpoints, start);
console.log(`templates ${learner.templates().length}`);

const scanner = Number(values.scanner);
for (let part = 1; part <= 4; part++) {
  start = performance.now();
  for (let i = 0; i < scanner / 4; i++) {
    const word = () => random.text('abcdefghijklmnopqrstuvwxyz', random.int(4, 10));
    observe('service-0.example', random.chance(0.5) ? [word(), word()] : [word(), word(), `${word()}.php`]);
  }
  report(`${(scanner / 4) * part} distinct scanner paths`, scanner / 4, start);
}
start = performance.now();
learner.learn();
report('learn', scanner, start);
console.log(`templates ${learner.templates().length}`);
