import {
  checkKubernetesJson,
  isObject,
  type KubernetesObject,
  keyPattern,
  kubernetesJsonRef,
} from './kubernetes-json.ts';
import { shown, type ValueNode } from './value-node.ts';

/** A list of maps that are passed on as they are, such as `tolerations`. */
export function objectList(doc: string): ValueNode<readonly KubernetesObject[]> {
  return {
    kind: 'list',
    typeName: 'list of maps',
    default: [],
    doc,
    deletable: true,
    jsonSchema: () => ({
      type: 'array',
      items: {
        type: 'object',
        propertyNames: { pattern: keyPattern },
        additionalProperties: kubernetesJsonRef,
      },
    }),
    check(found, path, report) {
      if (!Array.isArray(found)) {
        report({ path, value: shown(found), remedy: 'expected a list' });
        return;
      }
      for (const [index, item] of found.entries()) {
        const at = `${path}[${index}]`;
        if (isObject(item)) checkKubernetesJson(item, at, report);
        else report({ path: at, value: shown(item), remedy: 'expected a map' });
      }
    },
  };
}
