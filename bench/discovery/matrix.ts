// npm run bench:discovery:shapes: the learner alone, 5-fold by API, over densities and shapes of traffic, against the
// accuracy that this project promises. Exit code 1 when a promise is not kept.
import { developmentSet, readDocument } from './corpus.ts';
import { admitted, pathSegments } from './exchange.ts';
import { foldWeights } from './fold-models.ts';
import { discover } from './methods/discover.ts';
import { readApi } from './openapi.ts';
import { average, type Score, score } from './score.ts';
import { namedShape, type ShapeName } from './shapes.ts';
import { Traffic } from './traffic.ts';

interface Setting {
  readonly shape: ShapeName;
  readonly density: number;
  /** One traffic each; a promise is about their mean: seeds differ by a point or two. */
  readonly seeds: readonly string[];
}

const settings: readonly Setting[] = [
  { shape: 'default', density: 60, seeds: ['a', 'b'] },
  { shape: 'default', density: 10, seeds: ['a', 'b'] },
  { shape: 'default', density: 200, seeds: ['a'] },
  { shape: 'few-values', density: 60, seeds: ['a', 'b'] },
  { shape: 'large-populations', density: 60, seeds: ['a'] },
  { shape: 'api-word-slugs', density: 60, seeds: ['a', 'b'] },
];

/** Least FGA by density in the default shape; other shapes may lie this much below the same density's. */
const least: Readonly<Record<number, number>> = { 10: 91, 60: 93, 200: 91 };
const shapeMargin = 3;
const mostExplosion = 1.2;

const apis = developmentSet().map(name => readApi(name, readDocument(name)));
const contestant = discover(foldWeights(apis));
const columns = ['fga', 'templateF1', 'explosion', 'static', 'shape', 'word', 'enum'] as const;
type Figures = Record<(typeof columns)[number], number>;
console.log(
  `${'traffic'.padEnd(20)}${'per op.'.padStart(8)}${'seed'.padStart(6)}${columns.map(name => name.padStart(11)).join('')}${'FGA at least'.padStart(14)}`,
);
let base = 0;
let kept = true;
for (const { shape, density, seeds } of settings) {
  const measured: Figures[] = [];
  for (const seed of seeds) {
    const figures = await measure(shape, density, seed);
    measured.push(figures);
    print(shape, density, seed, figures, '');
  }
  const mean = (column: (typeof columns)[number]) =>
    measured.reduce((sum, figures) => sum + figures[column], 0) / measured.length;
  const means = Object.fromEntries(columns.map(column => [column, mean(column)])) as Figures;
  if (base === 0) base = means.fga;
  const wanted = shape === 'default' ? (least[density] ?? 0) : base - shapeMargin;
  if (means.fga < wanted || means.explosion > mostExplosion) kept = false;
  if (seeds.length > 1) print(shape, density, 'mean', means, wanted.toFixed(1));
  else console.log(`${''.padEnd(34 + 11 * columns.length)}${wanted.toFixed(1).padStart(14)}`);
}
console.log(kept ? 'every promise is kept' : 'NOT every promise is kept');
process.exitCode = kept ? 0 : 1;

function print(shape: string, density: number, seed: string, figures: Figures, wanted: string): void {
  const shown = columns.map(name => figures[name].toFixed(name === 'explosion' ? 2 : 1).padStart(11));
  console.log(
    `${shape.padEnd(20)}${String(density).padStart(8)}${seed.padStart(6)}${shown.join('')}${wanted.padStart(14)}`,
  );
}

async function measure(shape: ShapeName, density: number, seed: string): Promise<Figures> {
  const scores: Score[] = [];
  for (const api of apis) {
    const traffic = new Traffic(api, namedShape(shape, density), seed);
    const requests = [...traffic]
      .filter(({ exchange }) => admitted(exchange))
      .map(({ exchange, truth }) => ({ exchange, truth, segments: pathSegments(exchange.path) }));
    const groups = await contestant.group(requests, api);
    const scored = requests.map(({ exchange, truth, segments }, i) => ({
      ...{ truth, segments, method: exchange.method },
      group: groups[i] as string,
    }));
    scores.push(
      score(
        scored,
        api.operations.map(operation => operation.segments),
        traffic.kinds,
      ),
    );
  }
  return average(scores);
}
