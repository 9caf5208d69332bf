import { shown, type ValueNode } from './value-node.ts';

const pattern = '^([0-9]{1,9}|(100|[1-9]?[0-9])%)?$';
const matcher = new RegExp(pattern);
const maximum = 2_147_483_647;

/** A number of pods, or a percentage of them; the empty string when it is not set. */
export function countOrPercentage(value: number | string, doc: string): ValueNode<number | string> {
  return {
    kind: 'scalar',
    typeName: 'integer or percentage',
    default: value,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: ['integer', 'string'], minimum: 0, maximum, pattern }),
    check(found, path, report) {
      const fits =
        typeof found === 'number'
          ? Number.isInteger(found) && found >= 0 && found <= maximum
          : typeof found === 'string' && matcher.test(found);
      if (!fits)
        report({
          path,
          value: shown(found),
          remedy: 'expected a number of pods such as 1, or a percentage such as "50%"',
        });
    },
  };
}
