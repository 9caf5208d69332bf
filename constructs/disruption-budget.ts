import type { Construct } from 'constructs';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import { isAutoscaled, type Scalable } from './autoscaler.ts';
import { and } from './expression/and.ts';
import { whenever } from './expression/guard.ts';
import { isEmpty } from './expression/is-empty.ts';
import { moreThan } from './expression/more-than.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource } from './resource.ts';

/** Kubernetes 1.27: pods that are not ready may be evicted whatever the budget says, so that a drain never hangs on them. */
const unhealthyPolicySince = 27;

/** The budget of a part, only where it has more than one replica: with one it would block the drain of a node. */
export function disruptionBudget(scope: Construct, installation: Installation, component: Scalable): void {
  const { podDisruptionBudget, replicaCount } = installation.values[component];
  const { enabled, maxUnavailable, minAvailable } = podDisruptionBudget;
  const isSeveral = or(isAutoscaled(installation, component), moreThan(replicaCount, 1));
  const isUnset = isEmpty(minAvailable);
  whenever(scope, 'several', and(enabled, isSeveral), guarded => {
    new Resource<PodDisruptionBudget>(guarded, 'poddisruptionbudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: installation.metadata({ component }),
      spec: {
        selector: { matchLabels: installation.selectorLabels(component) },
        minAvailable: when(not(isUnset), minAvailable as string),
        maxUnavailable: when(isUnset, maxUnavailable as string),
        unhealthyPodEvictionPolicy: when(
          installation.release.kubeAtLeast(unhealthyPolicySince),
          'AlwaysAllow',
        ) as never,
      } as never,
    });
  });
}
