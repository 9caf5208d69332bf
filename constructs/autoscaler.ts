import type { Construct } from 'constructs';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.d.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { moreThan } from './expression/more-than.ts';
import { list } from './expression/spread.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

/** The parts that may have several replicas. */
export type Scalable = 'processing' | 'aggregation';

/** Whether an autoscaler sets the number of replicas. */
export function isAutoscaled(installation: Installation, component: Scalable): Val<boolean> {
  return installation.values[component].autoscaling.enabled;
}

/** The autoscaler of a part, when the values ask for one. */
export function autoscaler(scope: Construct, installation: Installation, component: Scalable): void {
  const values = installation.values[component].autoscaling;
  whenever(scope, 'scaled', values.enabled, guarded => {
    new Resource<HorizontalPodAutoscaler>(guarded, 'horizontalpodautoscaler', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: installation.metadata({ component, annotations: ['autoscaling', values.annotations] }),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: installation.nameOf(component) },
        minReplicas: values.minReplicas,
        maxReplicas: values.maxReplicas,
        metrics: list(
          utilization('cpu', values.targetCPUUtilizationPercentage),
          when(
            moreThan(values.targetMemoryUtilizationPercentage, 0),
            utilization('memory', values.targetMemoryUtilizationPercentage),
          ),
        ) as Templated<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>,
        behavior: unlessEmpty(values.behavior) as never,
      },
    });
  });
}

function utilization(name: string, averageUtilization: Val<number>) {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}
