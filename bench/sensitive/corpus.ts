// Generated parameters with labels. A kind makes values of one sort; a parameter is one kind under one name.
import type { Faker } from '@faker-js/faker';
import { Location } from '../../runtime/protocol/generated/findings.ts';
import { Random } from './random.ts';

export interface Source {
  random: Random;
  faker: Faker;
}

export interface Kind {
  /** Class of the data; undefined: a hard negative. */
  label?: string;
  /** What people call it. */
  keys: readonly string[];
  /** The values alone can tell. Kinds without it are only asked with their keys. */
  bySight?: boolean;
  value(source: Source): string;
}

export interface Generators {
  name: string;
  fakers: readonly Faker[];
  kinds: readonly Kind[];
  /** Names that say nothing. */
  neutralKeys: readonly string[];
  paths: readonly (readonly string[])[];
}

export interface LabelledParameter {
  label: string | undefined;
  keyed: 'telling' | 'neutral';
  location: Location;
  name: string;
  path: readonly string[];
  values: readonly string[];
}

/** `rounds` parameters of every kind with each sort of key. Values: 8 to 40, now and then an empty or odd one. */
export function corpusOf(generators: Generators, seed: number, rounds: number): LabelledParameter[] {
  const random = new Random(seed);
  const parameters: LabelledParameter[] = [];
  for (let round = 0; round < rounds; round++)
    for (const kind of generators.kinds) {
      const faker = random.pick(generators.fakers);
      faker.seed(random.int(1, 1_000_000_000));
      const make = (keyed: 'telling' | 'neutral') => {
        const key = random.pick(keyed === 'telling' ? kind.keys : generators.neutralKeys);
        const location = random.pick([Location.BODY, Location.BODY, Location.QUERY]);
        const count = random.int(8, 40);
        parameters.push({
          label: kind.label,
          keyed,
          location,
          name: location === Location.BODY && random.chance(0.4) ? `data.${key}` : key,
          path: random.pick(generators.paths),
          values: Array.from({ length: count }, () =>
            random.chance(0.03)
              ? random.pick(['n/a', 'unknown', '-', 'test'])
              : kind.value({ random, faker }),
          ),
        });
      };
      make('telling');
      if (kind.label === undefined || kind.bySight) make('neutral');
    }
  return parameters;
}
