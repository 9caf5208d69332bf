import { shown, type ValueNode } from './value-node.ts';

/** One of a few strings. */
export function choice<const T extends readonly string[]>(
  value: T[number],
  doc: string,
  choices: T,
): ValueNode<T[number]> {
  return {
    kind: 'string',
    typeName: choices.join(', '),
    default: value,
    doc,
    deletable: false,
    jsonSchema: () => ({ type: 'string', enum: choices }),
    check(found, path, report) {
      if (typeof found !== 'string' || !choices.includes(found))
        report({ path, value: shown(found), remedy: `expected one of ${choices.join(', ')}` });
    },
  };
}
