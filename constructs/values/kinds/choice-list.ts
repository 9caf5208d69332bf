import { shown, type ValueNode } from './value-node.ts';

/** A list of strings, each one of a few. */
export function choiceList<const T extends readonly string[]>(
  value: readonly T[number][],
  doc: string,
  choices: T,
): ValueNode<readonly T[number][]> {
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
        if (typeof item !== 'string' || !choices.includes(item))
          report({
            path: `${path}[${index}]`,
            value: shown(item),
            remedy: `expected one of ${choices.join(', ')}`,
          });
      }
    },
  };
}
