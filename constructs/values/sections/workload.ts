import { boolean } from '../kinds/boolean.ts';
import type { KubernetesObject } from '../kinds/kubernetes-json.ts';
import { object } from '../kinds/object.ts';
import { objectList } from '../kinds/object-list.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';

/** Keys of a pod: the same for every part. */
export const podKeys = {
  podLabels: stringMap({}, 'Labels of the pods, besides the fixed ones.'),
  podAnnotations: stringMap({}, 'Annotations of the pods.'),
  tolerations: objectList('Tolerations of the pods.'),
  affinity: object({}, 'Affinity of the pods.'),
  nodeSelector: stringMap({ 'kubernetes.io/os': 'linux' }, 'Node labels that the pods need.'),
};

/** Keys of a container. */
export function containerKeys(resources: KubernetesObject) {
  return {
    resources: object(resources, 'Requests and limits.'),
    extraEnvs: objectList('Environment variables, besides the fixed ones.'),
  };
}

/** The service account of a part. */
export function serviceAccount(create: boolean, doc: string) {
  return section('Service account of the pods.', {
    create: boolean(create, doc),
    name: string('', 'Its name; empty for the name of the part, or `default` when it is not created.', {
      pattern: ['^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$', 'expected the name of a service account'],
      maxLength: 253,
    }),
    annotations: stringMap({}, 'Annotations of a created service account.'),
  });
}
