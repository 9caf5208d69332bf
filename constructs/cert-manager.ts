import type { Construct } from 'constructs';
import { choose } from './expression/choose.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { isEmpty } from './expression/is-empty.ts';
import { text } from './expression/text.ts';
import type { Component, Installation } from './installation.ts';
import { Resource } from './resource.ts';

const apiVersion = 'cert-manager.io/v1';

/** Life of the root certificate, five years, and of the others, one year. */
const rootDuration = '43800h';
const leafDuration = '8760h';

interface IssuerRef {
  readonly name: Val<string>;
  readonly kind: Val<string>;
  readonly group: Val<string>;
}

interface CertificateSpec {
  readonly secretName: Val<string>;
  readonly commonName: string;
  readonly duration: string;
  readonly isCA?: boolean;
  readonly dnsNames?: readonly Val<string>[];
  readonly usages?: readonly string[];
  readonly privateKey: object;
  readonly issuerRef: IssuerRef;
}

const privateKey = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' };

/** Secrets that cert-manager fills. */
export interface IssuedSecrets {
  readonly serverSecret: Val<string>;
  readonly clientSecret: Val<string>;
  readonly aggregationSecret: Val<string>;
}

/** Certificates of processing, aggregation and the agents, and an issuer of their own where the values name none. */
export function certManagerObjects(
  scope: Construct,
  installation: Installation,
  secrets: IssuedSecrets,
): void {
  const { connector, mutualTLS } = installation.values.config;
  const given = connector.certificate.certManager.issuerRef;
  const processing = installation.nameOf('processing');
  const isOwn = isEmpty(given.name);
  whenever(scope, 'own', isOwn, own => rootIssuer(own, installation));
  const issuerRef = {
    name: choose<string>(isOwn, text`${processing}-root-issuer`, given.name),
    kind: choose<string>(isOwn, 'Issuer', given.kind),
    group: choose<string>(isOwn, 'cert-manager.io', given.group),
  };
  const server = (component: 'processing' | 'aggregation', secretName: Val<string>, usages: string[]) => {
    const name = installation.nameOf(component);
    const id = component === 'processing' ? 'certificate' : 'aggregation-certificate';
    certificate(scope, installation, component, id, name, {
      secretName,
      commonName: `${component}.wallarm.oob-ebpf`,
      duration: leafDuration,
      dnsNames: [name, text`${name}.${installation.release.namespace}`, installation.hostOf(component)],
      usages: ['digital signature', 'server auth', ...usages],
      privateKey,
      issuerRef,
    });
  };
  // Processing is also a client: of aggregation.
  server('processing', secrets.serverSecret, ['client auth']);
  server('aggregation', secrets.aggregationSecret, []);
  whenever(scope, 'mutual', mutualTLS, mutual => {
    const name = text`${installation.nameOf('agent')}-client`;
    certificate(mutual, installation, 'agent', 'client-certificate', name, {
      secretName: secrets.clientSecret,
      commonName: 'agent.wallarm.oob-ebpf',
      duration: leafDuration,
      usages: ['digital signature', 'client auth'],
      privateKey,
      issuerRef,
    });
  });
}

function rootIssuer(scope: Construct, installation: Installation): void {
  const processing = installation.nameOf('processing');
  const selfSigned = text`${processing}-self-signed-issuer`;
  const root = text`${processing}-root-cert`;
  issuer(scope, installation, 'self-signed-issuer', selfSigned, { selfSigned: {} });
  certificate(scope, installation, 'processing', 'root-certificate', root, {
    secretName: root,
    commonName: 'ca.wallarm.oob-ebpf',
    isCA: true,
    duration: rootDuration,
    privateKey,
    issuerRef: { name: selfSigned, kind: 'Issuer', group: 'cert-manager.io' },
  });
  issuer(scope, installation, 'root-issuer', text`${processing}-root-issuer`, { ca: { secretName: root } });
}

function issuer(scope: Construct, installation: Installation, id: string, name: Val<string>, spec: object) {
  new Resource(scope, id, {
    apiVersion,
    kind: 'Issuer',
    metadata: installation.metadata({ component: 'processing', name }),
    spec,
  } as never);
}

function certificate(
  scope: Construct,
  installation: Installation,
  component: Component,
  id: string,
  name: Val<string>,
  spec: CertificateSpec,
): void {
  const metadata = installation.metadata({ component, name });
  new Resource(scope, id, { apiVersion, kind: 'Certificate', metadata, spec } as never);
}
