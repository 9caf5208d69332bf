import { Construct } from 'constructs';
import type { DaemonSet } from 'kubernetes-types/apps/v1.d.ts';
import type { ClusterRole, ClusterRoleBinding } from 'kubernetes-types/rbac/v1.d.ts';
import { configFile } from './config-file.ts';
import type { Credentials } from './credentials.ts';
import type { Val } from './expression/expr.ts';
import { truncate } from './expression/truncate.ts';
import { imageTag } from './images.ts';
import type { Installation } from './installation.ts';
import { container, fieldEnv, podMetadata, scheduling } from './pod.ts';
import { ports } from './ports.ts';
import { Resource } from './resource.ts';
import { serviceAccount } from './service-account.ts';

const configDir = '/etc/wallarm/agent';
const maxLabelLength = 63;

/**
 * The agent on every node. It is privileged and sees the processes of the host: that is what loading eBPF programs
 * and finding the TLS libraries of other pods takes.
 */
export class Agent extends Construct {
  constructor(scope: Construct, id: string, installation: Installation, credentials: Credentials) {
    super(scope, id);
    const name = installation.nameOf('agent');
    const { namespace } = installation.release;
    const labels = installation.labels('agent', truncate(imageTag(installation, 'agent'), maxLabelLength));
    const serviceAccountName = serviceAccount(this, installation, 'agent');
    this.#clusterRole(installation, name, serviceAccountName);
    const checksum = configFile(this, installation, 'agent', {
      processing: { host: installation.hostOf('processing'), port: ports.mirror },
      selection: {
        kubernetes: true,
        allNamespaces: installation.values.config.agent.mirror.allNamespaces,
      },
      metrics: { listen: `0.0.0.0:${ports.metrics}` },
      health: { listen: `0.0.0.0:${ports.agentHealth}` },
    });

    new Resource<DaemonSet>(this, 'daemonset', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace, labels },
      spec: {
        selector: { matchLabels: installation.selectorLabels('agent') },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        template: {
          metadata: podMetadata(installation, 'agent', checksum),
          spec: {
            serviceAccountName,
            hostPID: true,
            terminationGracePeriodSeconds: 30,
            ...scheduling(installation, 'agent'),
            containers: [
              container(installation, 'agent', {
                name: 'agent',
                healthPort: ports.agentHealth,
                configDir,
                servedPorts: {},
                env: [
                  fieldEnv('NODE_NAME', 'spec.nodeName'),
                  fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
                  fieldEnv('POD_NAME', 'metadata.name'),
                  credentials.tokenEnv,
                ],
                mounts: [],
                securityContext: { privileged: true, runAsUser: 0, readOnlyRootFilesystem: true },
                values: installation.values.agent,
              }),
            ],
            volumes: [{ name: 'config', configMap: { name } }],
          },
        },
      },
    });
  }

  #clusterRole(installation: Installation, name: Val<string>, serviceAccountName: Val<string>): void {
    const metadata = { name, labels: installation.labels('agent') };
    const isClusterScoped = true;
    new Resource<ClusterRole>(
      this,
      'clusterrole',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata,
        rules: [
          { apiGroups: [''], resources: ['nodes', 'pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
        ],
      },
      { isClusterScoped },
    );
    new Resource<ClusterRoleBinding>(
      this,
      'clusterrolebinding',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [
          { kind: 'ServiceAccount', name: serviceAccountName, namespace: installation.release.namespace },
        ],
      },
      { isClusterScoped },
    );
  }
}
