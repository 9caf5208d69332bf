import { shown, type ValueNode } from './value-node.ts';

/** A number in a range, both ends included; it may have a fraction. */
export function number(value: number, doc: string, minimum: number, maximum: number): ValueNode<number> {
  return {
    kind: 'scalar',
    typeName: `number, ${minimum} to ${maximum}`,
    default: value,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: 'number', minimum, maximum }),
    check(found, path, report) {
      const fits = typeof found === 'number' && found >= minimum && found <= maximum;
      if (!fits)
        report({ path, value: shown(found), remedy: `expected a number from ${minimum} to ${maximum}` });
    },
  };
}
