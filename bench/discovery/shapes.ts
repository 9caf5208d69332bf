// Shapes of traffic: how many different values, how skewed, how much they look like route names.
import { Random } from './random.ts';

export interface TrafficShape {
  /** Requests per operation on average. */
  readonly density: number;
  /** Bounds of the number of requests to one API. */
  readonly minimumRequests: number;
  readonly maximumRequests: number;
  /** Exponents of the Zipf laws of operations and of values. */
  readonly operationZipf: number;
  readonly valueZipf: number;
  /** Bounds of a parameter's population; its logarithm is uniform. */
  readonly minimumValues: number;
  readonly maximumValues: number;
  /** What slugs are made of; `routes`: words of the API's own routes and of other APIs'. */
  readonly slugs: 'everyday' | 'routes' | 'syllables' | 'titles';
  /** Share of everyday slugs of one word. */
  readonly singleWords: number;
  /** Share of APIs where every operation has populations of its own. */
  readonly unshared: number;
}

export const defaultShape: TrafficShape = {
  density: 60,
  minimumRequests: 800,
  maximumRequests: 12_000,
  operationZipf: 1,
  valueZipf: 0.8,
  minimumValues: 8,
  maximumValues: 800,
  slugs: 'everyday',
  singleWords: 0.25,
  unshared: 0,
};

export const shapeNames = ['default', 'few-values', 'large-populations', 'api-word-slugs'] as const;
export type ShapeName = (typeof shapeNames)[number];

/** A named shape at a density. Bounds of requests scale with the density, so that 10 and 200 mean what they say. */
export function namedShape(name: ShapeName, density: number): TrafficShape {
  const scale = density / defaultShape.density;
  const base = {
    ...defaultShape,
    density,
    minimumRequests: Math.round(defaultShape.minimumRequests * scale),
    maximumRequests: Math.round(defaultShape.maximumRequests * scale),
  };
  if (name === 'few-values') return { ...base, minimumValues: 3, maximumValues: 8 };
  if (name === 'large-populations')
    return { ...base, minimumValues: 1000, maximumValues: 3000, valueZipf: 0.3 };
  if (name === 'api-word-slugs') return { ...base, slugs: 'routes' };
  return base;
}

/** A shape drawn at random, for training: whoever learns from one shape only fails on the others. */
export function randomShape(seed: string): TrafficShape {
  const random = new Random(`shape/${seed}`);
  const density = random.logInt(5, 120);
  const minimumValues = random.logInt(2, 300);
  return {
    density,
    minimumRequests: 150,
    maximumRequests: 8_000,
    operationZipf: 0.3 + random.next(),
    valueZipf: 0.2 + 1.1 * random.next(),
    minimumValues,
    maximumValues: Math.min(3000, minimumValues * random.logInt(2, 100)),
    slugs: random.pick(['everyday', 'everyday', 'everyday', 'routes', 'syllables', 'titles'] as const),
    singleWords: random.pick([0, 0.25, 0.25, 0.6, 1]),
    unshared: random.pick([0, 0, 1]),
  };
}
