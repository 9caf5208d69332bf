// What a delta may say. Numbers beyond these no honest replica sends, and added up they would become unreadable.
import type { Delta, Observation } from '../protocol/generated/findings.ts';
import { maxDeltaCount, maxNameCharacters, maxSequence } from '../protocol/limits.ts';

/** Throws when nothing of the delta may be stored. */
export function checkDelta(delta: Delta): void {
  checkNames(delta);
  const { first, last } = delta;
  if (first < 1 || last < first || last > maxSequence)
    throw new Error(`a delta of batches ${first} to ${last}`);
  for (const [index, observation] of delta.observations.entries())
    if (largestCount(observation) > maxDeltaCount)
      throw new Error(
        `observations[${index}] counts ${largestCount(observation)}; at most ${maxDeltaCount} are accepted`,
      );
}

/** Throws when an agent or its epoch has no name or an over-long one. */
export function checkNames<T extends { agent: string; epoch: string }>(message: T): T {
  for (const name of ['agent', 'epoch'] as const)
    if (message[name].length === 0 || message[name].length > maxNameCharacters)
      throw new Error(`${name} has ${message[name].length} characters, expected 1 to ${maxNameCharacters}`);
  return message;
}

function largestCount({ requests, outcomes, parameters }: Observation): number {
  let largest = requests;
  for (const outcome of outcomes) largest = Math.max(largest, outcome.requests);
  for (const parameter of parameters) {
    largest = Math.max(largest, parameter.requests);
    for (const { count } of parameter.types) largest = Math.max(largest, count);
  }
  return largest;
}
