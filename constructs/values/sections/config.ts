import { boolean } from '../kinds/boolean.ts';
import { choice } from '../kinds/choice.ts';
import { number } from '../kinds/number.ts';
import { object } from '../kinds/object.ts';
import { cidr } from '../kinds/patterns.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { structured } from '../kinds/structured.ts';
import { notYetInEffect, withoutEffect } from '../kinds/value-node.ts';
import { api } from './api.ts';
import { connector } from './connector.ts';
import { images } from './images.ts';
import { mirrorFilters } from './mirror-filters.ts';
import { wcli } from './wcli.ts';

const extraConfig = (service: string) =>
  object(
    {},
    `More top-level keys of the configuration file of ${service}, see runtime/README.md. The chart's own keys win.`,
  );

const protocols = ['tcp', 'tcp4', 'tcp6'] as const;

export const config = section(
  'What the product does.',
  {
    api,
    mutualTLS: boolean(
      false,
      'Ask clients for a certificate too: with `certManager`, or `existingSecret.clientName`. Both ends prove that ' +
        'they know the token in any case.',
    ),
    connector,
    agent: section(
      'Capture on the nodes.',
      {
        mirror: section(
          'Which traffic is mirrored.',
          {
            allNamespaces: boolean(
              false,
              'Mirror every namespace but those labelled `wallarm-mirror=disabled`. Otherwise a namespace labelled ' +
                '`wallarm-mirror=enabled`, or a pod annotated `mirror.wallarm.com/enabled: "true"`.',
            ),
            filters: mirrorFilters,
          },
          {
            tls: 'removed: TLS is always mirrored; remove it',
            enabled: 'removed: select by namespace label, pod annotation or config.agent.mirror.filters',
            ignored: 'removed: select by namespace label, pod annotation or config.agent.mirror.filters',
          },
        ),
        loadBalancerRealIPHeader: string(
          'X-Real-IP',
          "Request header with the client's address behind a load balancer, such as `X-Real-IP`, `X-Forwarded-For` or " +
            '`Forwarded`. Of a list, the last address counts that is not itself trusted.',
          {
            pattern: ["^[!#$%&'*+.^_`|~0-9A-Za-z-]*$", 'expected the name of a header'],
            maxLength: 256,
          },
        ),
        loadBalancerTrustedCIDRs: structured<readonly string[]>(
          'list of CIDRs',
          [],
          "Peers whose header above is believed: the socket's, or the one a PROXY header names; nobody when empty. They " +
            'must not overlap the addresses of pods.',
          { type: 'array', items: cidr },
        ),
        extraConfig: extraConfig('the agent'),
      },
      {
        maxConnections: 'removed: the agent holds one connection; remove it',
        load_balancer_real_ip_header: 'renamed: use config.agent.loadBalancerRealIPHeader',
        load_balancer_trusted_cidrs: 'renamed: use config.agent.loadBalancerTrustedCIDRs',
      },
    ),
    processing: section(
      'Analysis of the mirrored requests.',
      {
        nodeGroup: notYetInEffect(
          string('defaultEbpfConnectorGroup', 'group of the installation in the inventory.', {
            maxLength: 253,
          }),
        ),
        extraConfig: extraConfig('processing'),
      },
      {
        realIpHeader: 'removed: use config.agent.loadBalancerRealIPHeader',
        setRealIpFrom: 'removed: use config.agent.loadBalancerTrustedCIDRs',
      },
    ),
    aggregation: section(
      'The API structure of this cluster.',
      {
        clusterName: string('default', 'Name of this cluster in the inventory.', { maxLength: 253 }),
        wstoreMemory: withoutEffect(
          number(2, 'memory of a ring buffer, in GB; the API structure is kept on disk.', 0, 1024),
        ),
        serviceAddress: withoutEffect(
          string('0.0.0.0:3313', 'the address of findings is a constant of the product.'),
        ),
        serviceProtocol: withoutEffect(choice('tcp4', 'findings are accepted over IPv4.', protocols)),
        metrics: section("The original's metrics of its store; see `aggregation.metrics`.", {
          listenAddress: withoutEffect(string('127.0.0.1:9001', 'see `aggregation.metrics.port`.')),
          protocol: withoutEffect(choice('tcp4', 'see `aggregation.metrics`.', protocols)),
        }),
        extraConfig: extraConfig('aggregation'),
      },
      { tarantoolMemory: 'renamed: use config.aggregation.wstoreMemory' },
    ),
    cloud: section('The cloud service in this release.', { extraConfig: extraConfig('the cloud service') }),
    wcli,
    images,
  },
  {
    supervisord: 'renamed: use config.wcli',
    responder: 'removed: processing takes response codes from the mirror; remove it',
  },
);
