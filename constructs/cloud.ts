import type { Construct } from 'constructs';
import type { Ingress } from 'kubernetes-types/networking/v1.d.ts';
import { configFile } from './config-file.ts';
import { deployment } from './deployment.ts';
import { whenever } from './expression/guard.ts';
import { isEmpty } from './expression/is-empty.ts';
import { not } from './expression/not.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { metricsConfig } from './metrics.ts';
import { Part, type SharedParts } from './part.ts';
import { dataVolume } from './persistence.ts';
import { ports } from './ports.ts';
import { Resource } from './resource.ts';
import { service } from './service.ts';

const dataDir = '/var/lib/wallarm-oob/cloud';

/** Stores the inventory and serves the REST API and the console. */
export class Cloud extends Part {
  constructor(scope: Construct, id: string, installation: Installation, shared: SharedParts = {}) {
    super(scope, id, installation, 'cloud');
    const { credentials } = this.shared(shared);
    const { cloud } = installation.values;
    const checksum = configFile(this, installation, 'cloud', {
      ingest: { listen: `0.0.0.0:${ports.uploadsContainer}` },
      console: { listen: `0.0.0.0:${ports.consoleContainer}` },
      dataDir,
      metrics: metricsConfig(installation, 'cloud'),
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'cloud', {
      containerName: 'cloud',
      checksum,
      credentials,
      servedPorts: [
        { name: 'ingest', containerPort: ports.uploadsContainer },
        { name: 'console', containerPort: ports.consoleContainer },
      ],
      values: cloud,
      extraEnvs: cloud.extraEnvs,
      extraMounts: [],
      mounts: [{ name: 'data', mountPath: dataDir }],
      volumes: [dataVolume(this, installation, 'cloud')],
    });
    service(this, installation, 'cloud', [
      { name: 'console', port: cloud.service.port },
      { name: 'ingest', port: ports.uploads },
    ]);
    whenever(this, 'exposed', cloud.ingress.enabled, guarded => this.#ingress(guarded, installation));
  }

  #ingress(scope: Construct, installation: Installation): void {
    const { className, annotations, host, tlsSecretName } = installation.values.cloud.ingress;
    const hasHost = not(isEmpty(host));
    const name = installation.nameOf('cloud');
    new Resource<Ingress>(scope, 'ingress', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: installation.metadata({ component: 'cloud', annotations: ['ingress', annotations] }),
      spec: {
        ingressClassName: when(not(isEmpty(className)), className),
        tls: when(not(isEmpty(tlsSecretName)), [
          { secretName: tlsSecretName, hosts: when(hasHost, [host]) as string[] },
        ]),
        rules: [
          {
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name, port: { name: 'console' } } },
                },
              ],
            },
            host: when(hasHost, host),
          },
        ],
      },
    });
  }
}
