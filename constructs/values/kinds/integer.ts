import { shown, type ValueNode } from './value-node.ts';

/** An integer in a range, both ends included. */
export function integer(value: number, doc: string, minimum: number, maximum: number): ValueNode<number> {
  return {
    kind: 'integer',
    typeName: `integer, ${minimum} to ${maximum}`,
    default: value,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: 'integer', minimum, maximum }),
    check(found, path, report) {
      const fits =
        typeof found === 'number' && Number.isInteger(found) && found >= minimum && found <= maximum;
      if (!fits)
        report({ path, value: shown(found), remedy: `expected an integer from ${minimum} to ${maximum}` });
    },
  };
}
