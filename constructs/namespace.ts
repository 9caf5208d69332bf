import { Construct } from 'constructs';
import type { Namespace } from 'kubernetes-types/core/v1.d.ts';
import { layered } from './expression/layers.ts';
import type { Installation } from './installation.ts';
import { Resource } from './resource.ts';

/** The Namespace of the installation, with the Pod Security level that a privileged agent needs. */
export class InstallationNamespace extends Construct {
  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const level = 'privileged';
    const labels = {
      'pod-security.kubernetes.io/enforce': level,
      'pod-security.kubernetes.io/audit': level,
      'pod-security.kubernetes.io/warn': level,
    };
    const isClusterScoped = true;
    new Resource<Namespace>(
      this,
      'namespace',
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: installation.release.namespace,
          labels: layered(
            { ...labels, ...installation.labels(undefined) },
            [],
            installation.values.namespace.labels,
          ),
        },
      },
      { isClusterScoped },
    );
  }
}
