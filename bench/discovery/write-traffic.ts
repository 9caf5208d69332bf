// Writes the traffic of the development set as NDJSON, one exchange per line, as `npm run discover` reads it. Usage:
//   node runtime/node.mjs bench/discovery/write-traffic.ts [--density 60] [--shape default] [--seed a] [--apis 0] [--truth FILE] > traffic.ndjson
// With --truth a second file gets the operation of each line, `METHOD /a/{}/b`, or null where there is none.
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { developmentSet, readDocument } from './corpus.ts';
import { neutral } from './exchange.ts';
import { readApi } from './openapi.ts';
import { namedShape, type ShapeName } from './shapes.ts';
import { Traffic } from './traffic.ts';

const { values } = parseArgs({
  options: {
    density: { type: 'string', default: '60' },
    shape: { type: 'string', default: 'default' },
    seed: { type: 'string', default: 'a' },
    apis: { type: 'string', default: '0' },
    truth: { type: 'string' },
  },
});
const truths = values.truth === undefined ? undefined : createWriteStream(values.truth);
const shape = namedShape(values.shape as ShapeName, Number(values.density));
for (const name of developmentSet().slice(0, Number(values.apis) || undefined)) {
  const api = readApi(name, readDocument(name));
  const operations = api.operations.map(
    ({ method, segments }) => `${method} /${segments.map(s => s.replace(/\{[^}]*\}/g, '{}')).join('/')}`,
  );
  const lines: string[] = [];
  for (const { exchange, truth } of new Traffic(api, shape, values.seed)) {
    lines.push(JSON.stringify(exchange));
    truths?.write(`${JSON.stringify(truth === neutral ? 'neutral' : (operations[truth] ?? null))}\n`);
  }
  if (!process.stdout.write(`${lines.join('\n')}\n`))
    await new Promise(resolve => process.stdout.once('drain', resolve));
}
truths?.end();
