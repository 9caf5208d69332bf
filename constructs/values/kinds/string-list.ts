import { shown, type ValueNode } from './value-node.ts';

/** A list of strings, each one of a few. */
export function choiceList<T extends string>(
  value: readonly T[],
  doc: string,
  choices: readonly T[],
): ValueNode<readonly T[]> {
  return {
    kind: 'list',
    typeName: `list of ${choices.join(', ')}`,
    default: value,
    doc,
    deletable: true,
    jsonSchema: () => ({ type: 'array', items: { type: 'string', enum: choices } }),
    check(found, path, report) {
      if (!Array.isArray(found)) {
        report({ path, value: shown(found), remedy: 'expected a list' });
        return;
      }
      for (const [index, item] of found.entries()) {
        if (!choices.includes(item as T))
          report({
            path: `${path}[${index}]`,
            value: shown(item),
            remedy: `expected one of ${choices.join(', ')}`,
          });
      }
    },
  };
}
