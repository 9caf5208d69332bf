// What processing makes of a request, as short text.
import { processingConfig } from '../../../../runtime/processing/config.ts';
import { type Observed, observe } from '../../../../runtime/processing/observe.ts';
import { valueHash } from '../../../../runtime/processing/value-hash.ts';
import { ApiProtocol, Location } from '../../../../runtime/protocol/generated/findings.ts';
import { exchange, type RequestSketch } from '../mirror-client.ts';

export const settings = {
  admission: processingConfig.parse({}).admission,
  values: { hash: valueHash('a token') },
};

export function observed(sketch: RequestSketch): Observed {
  const result = observe(exchange({ method: 'POST', target: '/api', ...sketch }), settings);
  if (typeof result === 'string') throw new Error(`refused: ${result}`);
  return result;
}

const nameOf = (names: Record<string, number>, value: number) =>
  Object.entries(names).find(([, item]) => item === value)?.[0] ?? '?';

/** `body a: int32×2 string` */
export function parameters(sketch: RequestSketch): string[] {
  return observed(sketch).observation.parameters.map(({ location, name, types }) => {
    const seen = types.map(({ type, count }) => (count === 1 ? type : `${type}×${count}`));
    return `${nameOf(Location, location).toLowerCase()} ${name}: ${seen.join(' ')}`.trim();
  });
}

/** `GRAPHQL query user` */
export function operation(sketch: RequestSketch): string {
  const { observation } = observed(sketch);
  return `${nameOf(ApiProtocol, observation.protocol)} ${observation.operation}`.trim();
}

/** `basic header authorization` */
export function authentications(sketch: RequestSketch): string[] {
  return observed(sketch).observation.authentications.map(
    ({ type, location, name }) => `${type} ${nameOf(Location, location).toLowerCase()} ${name}`,
  );
}
