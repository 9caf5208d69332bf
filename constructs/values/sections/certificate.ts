import { boolean } from '../kinds/boolean.ts';
import { choice } from '../kinds/choice.ts';
import { object } from '../kinds/object.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { withoutEffect } from '../kinds/value-node.ts';
import { nameString } from './service.ts';

const base64 = ['^[A-Za-z0-9+/=]*$', 'expected base64'] as const;

export const certificate = section(
  'X.509 certificate of processing, from one of three sources. Off: TLS 1.3 with a key derived from the token. Both ends ' +
    'prove the token either way.',
  {
    enabled: boolean(false, 'Secure the link of the agents to processing with the certificate.'),
    certManager: section('Source: cert-manager.', {
      enabled: boolean(false, 'Issue the certificates with cert-manager, also one for aggregation.'),
      issuerRef: section('Issuer; without a name, a self-signed root and an issuer of its own are made.', {
        name: nameString('Name of the issuer.'),
        kind: choice('Issuer', 'Kind of the issuer.', ['Issuer', 'ClusterIssuer']),
        group: string('cert-manager.io', 'API group of the issuer.', {
          pattern: ['^[a-z0-9.-]+$', 'expected an API group'],
        }),
      }),
    }),
    existingSecret: section(
      'Source: a Secret in the namespace with `tls.crt` and `tls.key` (and `ca.crt`).',
      {
        enabled: boolean(false, 'Use it.'),
        name: nameString('Name of the Secret.'),
        clientName: nameString('Secret with `tls.crt` and `tls.key` of the agents, for `config.mutualTLS`.'),
      },
    ),
    customSecret: section('Source: the values below, in base64.', {
      enabled: boolean(false, 'Make a Secret of them.'),
      ca: string('', 'Certificate of the authority.', { pattern: base64 }),
      crt: string('', 'Certificate.', { pattern: base64 }),
      key: string('', 'Key. Kept in a Secret.', { secret: true }),
    }),
    certgen: withoutEffect(object({}, 'certificates are not made by hook jobs.')),
  },
);
