import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Workload } from '../../protocol/generated/mirror.ts';

/** A container that runs, and what it is called in the mirror. */
export interface RunningContainer {
  /** As the API gives it: `containerd://<64 hex digits>`. */
  readonly id: string;
  readonly workload: Workload;
}

/** Containers of the pod that run now: ordinary, init (sidecars) and ephemeral ones. */
export function runningContainers(pod: V1Pod): RunningContainer[] {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  const statuses: V1ContainerStatus[] = [
    ...(containerStatuses ?? []),
    ...(initContainerStatuses ?? []),
    ...(ephemeralContainerStatuses ?? []),
  ];
  return statuses.flatMap(({ containerID, name: container, state }) =>
    containerID && state?.running ? [{ id: containerID, workload: { namespace, pod: name, container } }] : [],
  );
}
