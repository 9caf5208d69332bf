import type { Construct } from 'constructs';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from 'kubernetes-types/rbac/v1.d.ts';
import type { Val } from './expression/expr.ts';
import { list } from './expression/spread.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

/** What the agent reads from the Kubernetes API, and on OpenShift its security context constraints. */
export function agentRole(
  scope: Construct,
  installation: Installation,
  serviceAccountName: Val<string>,
): void {
  const name = installation.nameOf('agent');
  const isClusterScoped = true;
  const metadata = installation.metadata({ component: 'agent', isClusterScoped });
  const use = {
    apiGroups: ['security.openshift.io'],
    resources: ['securitycontextconstraints'],
    resourceNames: [name],
    verbs: ['use'],
  };
  new Resource<ClusterRole>(
    scope,
    'clusterrole',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules: list<unknown>(
        { apiGroups: [''], resources: ['nodes', 'pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
        when(installation.values.openshift.scc.create, use),
      ) as Templated<PolicyRule[]>,
    },
    { isClusterScoped },
  );
  new Resource<ClusterRoleBinding>(
    scope,
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
