import { checkKey, isObject, keyPattern } from './kubernetes-json.ts';
import { childPath, printable, printableRemedy, shown, type ValueNode } from './value-node.ts';

const matcher = new RegExp(printable, 'u');

/** A map of strings, such as labels. */
export function stringMap(
  value: Readonly<Record<string, string>>,
  doc: string,
): ValueNode<Readonly<Record<string, string>>> {
  return {
    kind: 'map',
    typeName: 'map of strings',
    default: value,
    doc,
    deletable: true,
    jsonSchema: () => ({
      type: 'object',
      propertyNames: { pattern: keyPattern },
      additionalProperties: { type: 'string', pattern: printable },
    }),
    check(found, path, report) {
      if (!isObject(found)) {
        report({ path, value: shown(found), remedy: 'expected a map of strings' });
        return;
      }
      for (const [key, item] of Object.entries(found)) {
        checkKey(key, path, report);
        const at = childPath(path, key);
        if (typeof item !== 'string')
          report({ path: at, value: shown(item), remedy: 'expected a string; put the value in quotes' });
        else if (!matcher.test(item)) report({ path: at, value: shown(item), remedy: printableRemedy });
      }
    },
  };
}
