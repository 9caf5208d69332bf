// Logistic regression by stochastic gradient (Adam, Kingma & Ba 2015) on standardised features, L2-regularised.
import type { LinearWeights } from '../../runtime/aggregation/learner/model.ts';
import { Random } from './random.ts';

/** Rows of a training set. */
export class Rows {
  readonly width: number;
  count = 0;
  private values: Float32Array;
  readonly labels: number[] = [];
  readonly weights: number[] = [];
  /** Group of a row: rows of one API are in one fold. */
  readonly folds: number[] = [];

  constructor(width: number) {
    this.width = width;
    this.values = new Float32Array(width * 4096);
  }

  add(row: Float64Array, label: number, weight: number, fold: number): void {
    if ((this.count + 1) * this.width > this.values.length) {
      const grown = new Float32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values.set(row, this.count * this.width);
    this.count++;
    this.labels.push(label);
    this.weights.push(weight);
    this.folds.push(fold);
  }

  at(row: number, column: number): number {
    return this.values[row * this.width + column] as number;
  }

  get data(): Float32Array {
    return this.values;
  }
}

export interface FitOptions {
  readonly epochs: number;
  readonly l2: number;
  readonly seed: string;
}

/** Fits the rows for which `use(fold)` holds. Same rows and seed: same weights. */
export function fitLogistic(
  rows: Rows,
  names: readonly string[],
  use: (fold: number) => boolean,
  options: FitOptions,
): LinearWeights {
  const { width, data } = rows;
  const members: number[] = [];
  for (let r = 0; r < rows.count; r++) if (use(rows.folds[r] as number)) members.push(r);
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  let total = 0;
  for (const r of members) {
    const weight = rows.weights[r] as number;
    total += weight;
    for (let j = 0; j < width; j++) {
      const x = data[r * width + j] as number;
      means[j] = (means[j] as number) + weight * x;
      squares[j] = (squares[j] as number) + weight * x * x;
    }
  }
  const scales = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    means[j] = (means[j] as number) / total;
    const variance = (squares[j] as number) / total - (means[j] as number) ** 2;
    scales[j] = variance > 1e-9 ? 1 / Math.sqrt(variance) : 0;
  }
  const meanWeight = total / Math.max(1, members.length);
  const w = new Float64Array(width + 1);
  const m = new Float64Array(width + 1);
  const v = new Float64Array(width + 1);
  const gradient = new Float64Array(width + 1);
  const batch = 256;
  const random = new Random(options.seed);
  const steps = Math.ceil(members.length / batch) * options.epochs;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const order = random.shuffle(members);
    for (let start = 0; start < order.length; start += batch) {
      gradient.fill(0);
      const end = Math.min(order.length, start + batch);
      for (let k = start; k < end; k++) {
        const r = order[k] as number;
        const offset = r * width;
        let z = w[width] as number;
        for (let j = 0; j < width; j++)
          z +=
            (w[j] as number) * ((data[offset + j] as number) - (means[j] as number)) * (scales[j] as number);
        const error =
          ((1 / (1 + Math.exp(-z)) - (rows.labels[r] as number)) * (rows.weights[r] as number)) /
          meanWeight /
          (end - start);
        for (let j = 0; j < width; j++)
          gradient[j] =
            (gradient[j] as number) +
            error * ((data[offset + j] as number) - (means[j] as number)) * (scales[j] as number);
        gradient[width] = (gradient[width] as number) + error;
      }
      step++;
      const rate = 0.01 * (1 - (step - 1) / steps) + 1e-5;
      for (let j = 0; j <= width; j++) {
        const g = (gradient[j] as number) + (j < width ? options.l2 * (w[j] as number) : 0);
        m[j] = 0.9 * (m[j] as number) + 0.1 * g;
        v[j] = 0.999 * (v[j] as number) + 0.001 * g * g;
        w[j] =
          (w[j] as number) -
          (rate * (m[j] as number)) /
            (1 - 0.9 ** step) /
            (Math.sqrt((v[j] as number) / (1 - 0.999 ** step)) + 1e-8);
      }
    }
  }
  let bias = w[width] as number;
  const weights: number[] = [];
  for (let j = 0; j < width; j++) {
    const weight = (w[j] as number) * (scales[j] as number);
    weights.push(weight);
    bias -= weight * (means[j] as number);
  }
  return { bias, features: names, weights, means: [...means] };
}
