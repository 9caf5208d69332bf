// Scoring of one API: the predicted groups of requests against the true operations (section "Scoring" of
// docs/discovery-accuracy.md). A group is right only if it holds exactly the requests of one operation.
import { neutral } from './exchange.ts';
import type { OperationKind } from './traffic.ts';

export interface Score {
  /** Precision, recall and F1 of groups, 0…1. */
  readonly pga: number;
  readonly rga: number;
  readonly fga: number;
  /** Share of requests in right groups. */
  readonly ga: number;
  readonly templateF1: number;
  /** Predicted groups per true operation; noise that got through counts as predicted. */
  readonly explosion: number;
  /** Per difficulty: operations and how many of them have a right group. */
  readonly recall: Readonly<Record<OperationKind, { readonly right: number; readonly all: number }>>;
}

/** One admitted request, as it is scored. */
export interface Scored {
  readonly truth: number;
  /** What the contestant assigned: any text that is equal for requests of one group; with templates, `METHOD /a/{}/b`. */
  readonly group: string;
  readonly method: string;
  readonly segments: readonly string[];
}

/** `templates[i]`: segments of operation i, parameters in braces. */
export function score(
  requests: readonly Scored[],
  templates: readonly (readonly string[])[],
  kinds: readonly OperationKind[],
): Score {
  const groups = new Map<string, { truth: number; pure: boolean; size: number; neutral: boolean }>();
  const operations = new Map<
    number,
    { size: number; values: Map<number, string | undefined>; method: string }
  >();
  for (const { truth, group, method, segments } of requests) {
    const known = groups.get(group);
    if (known === undefined) groups.set(group, { truth, pure: true, size: 1, neutral: truth === neutral });
    else {
      known.size++;
      if (known.truth !== truth) known.pure = false;
      if (truth !== neutral) known.neutral = false;
    }
    if (truth < 0) continue;
    let operation = operations.get(truth);
    if (operation === undefined) {
      operation = { size: 0, values: new Map(segments.map((segment, i) => [i, segment])), method };
      operations.set(truth, operation);
    }
    operation.size++;
    for (const [i, segment] of segments.entries())
      if (operation.values.get(i) !== segment) operation.values.set(i, undefined);
  }
  const recall = {
    static: { right: 0, all: 0 },
    shape: { right: 0, all: 0 },
    word: { right: 0, all: 0 },
    enum: { right: 0, all: 0 },
  };
  for (const truth of operations.keys()) recall[kinds[truth] ?? 'static'].all++;
  let predicted = 0;
  let right = 0;
  let rightRequests = 0;
  let rightTemplates = 0;
  for (const [group, { truth, pure, size, neutral }] of groups) {
    if (neutral) continue;
    predicted++;
    const operation = operations.get(truth);
    if (operation === undefined) continue;
    if (sameTemplate(group, operation.method, templates[truth] ?? [], operation.values)) rightTemplates++;
    if (!pure || operation.size !== size) continue;
    right++;
    rightRequests += size;
    recall[kinds[truth] ?? 'static'].right++;
  }
  let total = 0;
  for (const operation of operations.values()) total += operation.size;
  const pga = ratio(right, predicted);
  const rga = ratio(right, operations.size);
  return {
    pga,
    rga,
    fga: f1(pga, rga),
    ga: ratio(rightRequests, total),
    templateF1: f1(ratio(rightTemplates, predicted), Math.min(1, ratio(rightTemplates, operations.size))),
    explosion: ratio(predicted, operations.size),
    recall,
  };
}

/** Whether the text of a predicted group is the operation's template; a literal passes where only one value was seen. */
function sameTemplate(
  group: string,
  method: string,
  template: readonly string[],
  values: ReadonlyMap<number, string | undefined>,
): boolean {
  const space = group.indexOf(' ');
  if (group.slice(0, space) !== method) return false;
  const segments = group
    .slice(space + 1)
    .split('/')
    .slice(1);
  if (segments.length !== template.length) return false;
  return segments.every((segment, i) => {
    const wanted = (template[i] as string).replace(/\{[^}]*\}/g, '{}');
    const given = segment.replace(/\{[^}]*\}/g, '{}');
    if (given === wanted) return true;
    if (!wanted.includes('{}')) return false;
    // `{}.json` written as `{}` names the same parameter; a literal passes where only one value was seen.
    return given === '{}' || given === values.get(i);
  });
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function f1(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** Mean over APIs of every figure; recalls are means over the APIs that have operations of the kind. In percent, explosion as it is. */
export function average(scores: readonly Score[]) {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const recall = (kind: OperationKind) =>
    100 *
    mean(
      scores
        .map(s => s.recall[kind])
        .filter(r => r.all > 0)
        .map(r => r.right / r.all),
    );
  return {
    pga: 100 * mean(scores.map(s => s.pga)),
    rga: 100 * mean(scores.map(s => s.rga)),
    fga: 100 * mean(scores.map(s => s.fga)),
    ga: 100 * mean(scores.map(s => s.ga)),
    templateF1: 100 * mean(scores.map(s => s.templateF1)),
    explosion: mean(scores.map(s => s.explosion)),
    static: recall('static'),
    shape: recall('shape'),
    word: recall('word'),
    enum: recall('enum'),
  };
}
