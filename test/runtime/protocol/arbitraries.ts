// Random observations for property tests.
import fc from 'fast-check';
import type { Observation, Parameter, Segment } from '../../../runtime/protocol/generated/findings.ts';
import { ObservationSum } from '../../../runtime/protocol/observation.ts';

export const segment: fc.Arbitrary<Segment> = fc.oneof(
  fc.string({ maxLength: 6 }).map((literal): Segment => ({ segment: { $case: 'literal', literal } })),
  fc.constantFrom('integer', 'uuid').map((shape): Segment => ({ segment: { $case: 'shape', shape } })),
);

const count = fc.integer({ min: 1, max: 1_000_000 });

/** Lists as a sender gives them: no key twice, in any order. */
function list<T>(item: fc.Arbitrary<T>, key: (item: T) => string, maxLength = 4): fc.Arbitrary<T[]> {
  return fc.uniqueArray(item, { selector: key, maxLength });
}

/** Ascending, the smallest 32 of all there were. */
const valueHashes = fc
  .uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 40 })
  .map(hashes => hashes.sort((a, b) => a - b).slice(0, 32));

const parameter: fc.Arbitrary<Parameter> = fc.record({
  location: fc.constantFrom(1 as const, 2 as const, 4 as const),
  name: fc.constantFrom('a', 'b', 'ß', 'user.emails[].address'),
  requests: count,
  types: list(fc.record({ type: fc.constantFrom('int32', 'string', 'uuid'), count }), ({ type }) => type),
  valueHashes,
  examined: count,
  sensitive: list(
    fc.record({
      class: fc.constantFrom('email', 'phone', 'iban'),
      values: count,
      bestScore: fc.integer({ min: 0, max: 1000 }),
    }),
    item => item.class,
  ),
});

const content = fc.constantFrom('json', 'xml', '');

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
    outcomes: list(
      fc.record({ status: fc.constantFrom(200, 201, 204), content, requests: count }),
      item => `${item.status} ${item.content}`,
    ),
    parameters: list(parameter, ({ location, name }) => `${location}${name}`, 10),
    protocol: fc.constant(1 as const),
    operation: fc.constant(''),
    requestContents: list(fc.record({ content, requests: count }), item => item.content),
    authentications: list(
      fc.record({
        type: fc.constantFrom('bearer', 'basic'),
        location: fc.constantFrom(2 as const, 3 as const),
        name: fc.constantFrom('authorization', 'session'),
        requests: count,
      }),
      ({ type, location, name }) => `${type}${location}${name}`,
    ),
    // More than the sum keeps.
    callers: list(
      fc.record({ address: fc.nat(99).map(n => `10.0.0.${n}`), requests: count }),
      item => item.address,
      60,
    ),
    servers: list(
      fc.record({
        namespace: fc.constant('shop'),
        pod: fc.nat(60).map(n => `web-${n}`),
        address: fc.constantFrom('', '10.0.0.1', '10.0.0.2'),
        requests: count,
      }),
      item => `${item.pod} ${item.address}`,
      30,
    ),
    businessFlows: fc.uniqueArray(fc.constantFrom('billing', 'authentication', 'admin')),
    application: fc.nat(3),
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
export function canonical(observation: Observation): Observation {
  const sum = new ObservationSum(observation);
  sum.add(observation);
  return sum.toObservation();
}
