// A text compared with the certain values beside it: what follows those is likely to follow a value.
import { type Mask, type Place, type Suffixes, suffixesOf } from './siblings.ts';

/** Suffixes of the certain values that each text is looked at for, the most frequent: a scan can leave thousands. */
const certainLimit = 256;
const certainGroups = [0, 2, 3] as const;

export interface CertainValues {
  readonly suffixes: Suffixes;
  readonly frequent: ReadonlyMap<number, readonly (readonly [feature: string, count: number])[]>;
}

export function certainValuesOf(place: Place, isValue: Mask): CertainValues | undefined {
  if (place.length === 0) return undefined;
  const suffixes = suffixesOf(place, isValue);
  const frequent = certainGroups.map((g): [number, [string, number][]] => {
    const features = [...(suffixes.groups[g] as Map<string, number>)];
    if (features.length <= certainLimit) return [g, features];
    return [g, features.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, certainLimit)];
  });
  return { suffixes, frequent: new Map(frequent) };
}

export function compareWithCertain(
  child: Suffixes,
  certain: CertainValues | undefined,
): { shapeSupport: number; shapeLacking: number } {
  if (certain === undefined) return { shapeSupport: 0, shapeLacking: 0 };
  const { suffixes, frequent } = certain;
  let all = 0;
  let shared = 0;
  let lacking = 0;
  for (const g of certainGroups) {
    const mine = child.groups[g] as Map<string, number>;
    const theirs = suffixes.groups[g] as Map<string, number>;
    for (const feature of mine.keys()) {
      all++;
      if (theirs.has(feature)) shared++;
    }
    for (const [feature, count] of frequent.get(g) ?? [])
      if (!mine.has(feature)) lacking += Math.min(3, (child.requests * count) / suffixes.requests);
  }
  return { shapeSupport: all === 0 ? 0 : shared / all, shapeLacking: lacking };
}
