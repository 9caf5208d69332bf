import {
  checkKubernetesJson,
  isObject,
  type KubernetesObject,
  keyPattern,
  kubernetesJsonRef,
} from './kubernetes-json.ts';
import { shown, type ValueNode } from './value-node.ts';

/** A map that is passed on as it is, such as `affinity`; the Kubernetes API knows its fields. */
export function object(value: KubernetesObject, doc: string): ValueNode<KubernetesObject> {
  return {
    kind: 'map',
    typeName: 'map',
    default: value,
    doc,
    deletable: true,
    jsonSchema: () => ({
      type: 'object',
      propertyNames: { pattern: keyPattern },
      additionalProperties: kubernetesJsonRef,
    }),
    check(found, path, report) {
      if (isObject(found)) checkKubernetesJson(found, path, report);
      else report({ path, value: shown(found), remedy: 'expected a map' });
    },
  };
}
