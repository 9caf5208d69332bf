// Random observations for property tests.
import fc from 'fast-check';
import type { Observation, Parameter, Segment } from '../../../runtime/protocol/generated/findings.ts';

export const segment: fc.Arbitrary<Segment> = fc.oneof(
  fc.string({ maxLength: 6 }).map((literal): Segment => ({ segment: { $case: 'literal', literal } })),
  fc.constantFrom('integer', 'uuid').map((shape): Segment => ({ segment: { $case: 'shape', shape } })),
);

const count = fc.integer({ min: 1, max: 1_000_000 });

const parameter: fc.Arbitrary<Parameter> = fc.record({
  location: fc.constantFrom(1 as const, 2 as const, 4 as const),
  name: fc.constantFrom('a', 'b', 'ß', 'user.emails[].address'),
  requests: count,
  types: fc.uniqueArray(fc.record({ type: fc.constantFrom('integer', 'string', 'uuid'), count }), {
    selector: ({ type }) => type,
  }),
});

function observationOf(
  segments: fc.Arbitrary<Segment[]>,
  host: fc.Arbitrary<string>,
): fc.Arbitrary<Observation> {
  return fc.record({
    host,
    method: fc.constantFrom('GET', 'POST'),
    segments,
    requests: count,
    firstSeenUs: count,
    lastSeenUs: count,
    statuses: fc.uniqueArray(fc.record({ status: fc.constantFrom(200, 201, 204), requests: count }), {
      selector: ({ status }) => status,
    }),
    parameters: fc.uniqueArray(parameter, { selector: ({ location, name }) => `${location}${name}` }),
  });
}

export const sameKeyObservation = observationOf(
  fc.constant<Segment[]>([{ segment: { $case: 'literal', literal: 'users' } }]),
  fc.constant('api.example.test'),
).map(observation => ({ ...observation, method: 'GET' }));

export const anyObservation = observationOf(
  fc.array(
    fc.constantFrom<Segment>(
      { segment: { $case: 'literal', literal: 'users' } },
      { segment: { $case: 'literal', literal: 'orders' } },
      { segment: { $case: 'shape', shape: 'integer' } },
    ),
    { maxLength: 3 },
  ),
  fc.constantFrom('a.test', 'b.test'),
);

/** Equal for observations that say the same, whatever the order of their lists. */
export function canonical(observation: Observation): unknown {
  const by = (key: (item: never) => string) => (a: unknown, b: unknown) =>
    key(a as never) < key(b as never) ? -1 : 1;
  return {
    ...observation,
    statuses: [...observation.statuses].sort((a, b) => a.status - b.status),
    parameters: observation.parameters
      .map(item => ({ ...item, types: [...item.types].sort((a, b) => (a.type < b.type ? -1 : 1)) }))
      .sort(by((item: Parameter) => `${item.location}${item.name}`)),
  };
}
