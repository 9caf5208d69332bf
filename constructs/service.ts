import type { Construct } from 'constructs';
import type { Service, ServicePort } from 'kubernetes-types/core/v1.d.ts';
import { and } from './expression/and.ts';
import type { Val } from './expression/expr.ts';
import { isEmpty } from './expression/is-empty.ts';
import { isOneOf } from './expression/is-one-of.ts';
import { moreThan } from './expression/more-than.ts';
import { not } from './expression/not.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Component, Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

/** A port of a Service; the container's port has the same name. */
export interface ServedPort {
  readonly name: string;
  readonly port: Val<number>;
}

/** The Service in front of a part. The node port of the values is that of the first port. */
export function service(
  scope: Construct,
  installation: Installation,
  component: Exclude<Component, 'agent'>,
  servedPorts: readonly ServedPort[],
): void {
  const values = installation.values[component].service;
  const isExternal = isOneOf(values.type, 'NodePort', 'LoadBalancer');
  const isBalanced = isOneOf(values.type, 'LoadBalancer');
  new Resource<Service>(scope, 'service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: installation.metadata({ component, annotations: ['service', values.annotations] }),
    spec: {
      type: values.type,
      loadBalancerIP: when(and(isBalanced, not(isEmpty(values.loadBalancerIP))), values.loadBalancerIP),
      loadBalancerSourceRanges: when(
        and(isBalanced, not(isEmpty(values.loadBalancerSourceRanges))),
        values.loadBalancerSourceRanges,
      ) as string[],
      externalTrafficPolicy: when(
        and(isExternal, not(isEmpty(values.externalTrafficPolicy))),
        values.externalTrafficPolicy,
      ),
      externalIPs: unlessEmpty(values.externalIPs) as string[],
      selector: installation.selectorLabels(component),
      ports: servedPorts.map(({ name, port }, index) => ({
        name,
        port,
        targetPort: name,
        protocol: 'TCP',
        ...(index === 0
          ? { nodePort: when(and(isExternal, moreThan(values.nodePort, 0)), values.nodePort as number) }
          : {}),
      })) as Templated<ServicePort[]>,
    },
  });
}
