import { valuesTable } from '../values/values-table.ts';
import { chartName, minimumKubeVersion } from '../version.ts';

/** README.md inside the chart. */
export function chartReadme(): string {
  return `# ${chartName}

Out-of-band API discovery for Kubernetes: an eBPF agent mirrors the inbound HTTP traffic of selected pods, and the
services behind it learn the API structure, without touching the applications.

\`\`\`sh
helm install wallarm-ebpf . --namespace wallarm-ebpf --create-namespace --set config.api.token=TOKEN
\`\`\`

Needs Kubernetes ${minimumKubeVersion} or later and Linux nodes with BTF. The agent's pods are privileged: where Pod Security is
enforced, label the namespace \`pod-security.kubernetes.io/enforce=privileged\`.

The images are not on a public registry. Build them and push them to yours, then set \`global.imageRegistry\`.

After a change of the token, restart the pods: \`kubectl rollout restart daemonset,deployment --namespace NAMESPACE\`.

## Values

${valuesTable()}
`;
}
