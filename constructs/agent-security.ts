import { and } from './expression/and.ts';
import { not } from './expression/not.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';

/** Kubernetes 1.30 has the AppArmor profile as a field; before, it is an annotation, which later versions warn of. */
const appArmorFieldSince = 30;

/**
 * What the agent may do: everything, or with `agent.privileged` off only what reading the processes of other pods and
 * loading eBPF programs takes. The default AppArmor profile of container runtimes forbids reading other processes.
 */
export function agentSecurity(installation: Installation) {
  const { privileged, capabilities } = installation.values.agent;
  const isConfined = not(privileged);
  const hasField = installation.release.kubeAtLeast(appArmorFieldSince);
  return {
    context: {
      privileged,
      runAsUser: 0,
      readOnlyRootFilesystem: true,
      capabilities: when(isConfined, { drop: ['ALL'], add: unlessEmpty(capabilities) }),
      appArmorProfile: when(and(isConfined, hasField), { type: 'Unconfined' }),
    },
    annotations: {
      'container.apparmor.security.beta.kubernetes.io/agent': when(
        and(isConfined, not(hasField)),
        'unconfined',
      ),
    },
  };
}
