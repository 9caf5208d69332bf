import { Construct } from 'constructs';
import { orBuiltIn } from './expression/unless-empty.ts';
import type { Installation } from './installation.ts';
import { Resource } from './resource.ts';

/** Security context constraints as wide as the agent's own security context, and no wider; its role may use them. */
export class SecurityContextConstraints extends Construct {
  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { privileged, capabilities } = installation.values.agent;
    const isClusterScoped = true;
    const anyone = { type: 'RunAsAny' };
    const manifest = {
      apiVersion: 'security.openshift.io/v1',
      kind: 'SecurityContextConstraints',
      metadata: installation.metadata({ component: 'agent', isClusterScoped }),
      priority: 0,
      allowPrivilegedContainer: privileged,
      allowPrivilegeEscalation: true,
      allowHostPID: true,
      allowHostIPC: false,
      allowHostNetwork: false,
      allowHostPorts: false,
      allowHostDirVolumePlugin: false,
      // The API server asks for the key also where there is nothing to allow; `privileged` includes all of them.
      allowedCapabilities: orBuiltIn(capabilities, []),
      defaultAddCapabilities: [],
      requiredDropCapabilities: [],
      readOnlyRootFilesystem: true,
      runAsUser: anyone,
      seLinuxContext: anyone,
      fsGroup: anyone,
      supplementalGroups: anyone,
      seccompProfiles: ['*'],
      volumes: ['configMap', 'secret', 'emptyDir', 'projected', 'downwardAPI'],
    };
    new Resource(this, 'securitycontextconstraints', manifest as never, { isClusterScoped });
  }
}
