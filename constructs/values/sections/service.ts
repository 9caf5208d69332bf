import { choice } from '../kinds/choice.ts';
import { integer } from '../kinds/integer.ts';
import { cidr, objectName } from '../kinds/patterns.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';
import { structured } from '../kinds/structured.ts';
import type { ValueNode } from '../kinds/value-node.ts';

const address = {
  type: 'string',
  pattern: '^[0-9A-Fa-f.:]{2,45}$',
  description: 'an IP address',
};

/** Why the ports of the services behind the agent cannot be set. */
export const portsAreConstants = 'the ports are constants of the product';

/**
 * The Service in front of a part.
 *
 * @param removed keys of earlier versions of the product, with what to do instead
 */
export function serviceKeys(
  ports: Readonly<Record<string, ValueNode<number>>>,
  removed: Readonly<Record<string, string>> = {},
) {
  return section(
    'The Service in front of the pods.',
    {
      type: choice('ClusterIP', 'Type of the Service.', ['ClusterIP', 'NodePort', 'LoadBalancer']),
      annotations: stringMap({}, 'Annotations of the Service.'),
      ...(ports as { port: ValueNode<number> }),
      nodePort: integer(
        0,
        'Port on the nodes, for `NodePort` and `LoadBalancer`; 0 lets Kubernetes choose.',
        0,
        65_535,
      ),
      loadBalancerIP: string('', 'Address of the load balancer.', {
        pattern: ['^[0-9A-Fa-f.:]*$', 'expected an IP address'],
        maxLength: 45,
      }),
      loadBalancerSourceRanges: structured<readonly string[]>(
        'list of CIDRs',
        [],
        'Clients that the load balancer lets in.',
        { type: 'array', items: cidr },
      ),
      externalTrafficPolicy: choice(
        'Local',
        'Whether traffic from outside crosses nodes; for `NodePort` and `LoadBalancer`.',
        ['Local', 'Cluster', ''],
      ),
      externalIPs: structured<readonly string[]>('list of addresses', [], 'External addresses.', {
        type: 'array',
        items: address,
      }),
    },
    removed,
  );
}

/** A name of a Kubernetes object, or nothing. */
export function nameString(doc: string, value = '') {
  return string(value, doc, {
    pattern: [objectName, 'expected the name of a Kubernetes object'],
    maxLength: 253,
  });
}
