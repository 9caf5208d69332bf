import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import type { ContainerTest } from './mirror-filter.ts';

export interface SelectionSettings {
  /** Mirror every namespace that is not disabled. */
  readonly allNamespaces: boolean;
  /** What is mirrored besides. */
  readonly filters: ContainerTest;
}

const namespaceLabel = 'wallarm-mirror';
const podAnnotation = 'mirror.wallarm.com/enabled';
const ownName = 'wallarm-oob';

/**
 * Is the inbound traffic of this container mirrored? What a higher level disables a lower one cannot enable; within
 * the enabled part the pod's annotation wins over everything else, then filters add to what the namespace selects.
 * Other values of the label and the annotation count as absent. Pods of the product itself never are: they would
 * mirror the mirror.
 *
 * @param namespace the pod's; while it is unknown nothing is mirrored, as it may turn out to be disabled
 */
export function selected(
  pod: V1Pod,
  namespace: V1Namespace | undefined,
  container: string,
  settings: SelectionSettings,
): boolean {
  if (namespace === undefined) return false;
  if (pod.metadata?.labels?.['app.kubernetes.io/name'] === ownName) return false;
  const level = namespace.metadata?.labels?.[namespaceLabel];
  if (level === 'disabled') return false;
  const wish = pod.metadata?.annotations?.[podAnnotation];
  if (wish === 'false') return false;
  if (wish === 'true') return true;
  return level === 'enabled' || settings.allNamespaces || settings.filters(pod, container);
}
