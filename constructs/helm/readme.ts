import { valuesTable } from '../values/values-table.ts';
import { chartName, minimumKubeVersion } from '../version.ts';

/** README.md inside the chart. */
export function chartReadme(): string {
  return `# ${chartName}

Out-of-band API discovery for Kubernetes: an eBPF agent mirrors the inbound HTTP traffic of selected pods, and the
services behind it learn the API structure, without touching the applications.

\`\`\`sh
helm install wallarm-ebpf . --namespace wallarm-ebpf --create-namespace \\
  --set config.api.token="$(openssl rand -hex 32)" --set global.imageRegistry=registry.example.com/oob
\`\`\`

Needs Kubernetes ${minimumKubeVersion} or later and Linux nodes with BTF. The agent's pods are privileged: where Pod Security is
enforced, label their namespace:

\`\`\`sh
kubectl label namespace wallarm-ebpf pod-security.kubernetes.io/enforce=privileged
\`\`\`

The images are not on a public registry. Build them and push them to yours, then set \`global.imageRegistry\`.

A changed \`config.api.token\` restarts the pods. A Secret of your own (\`config.api.existingSecret\`) the chart cannot see:
change \`config.api.existingSecret.checksum\` too, or restart the pods yourself.

Data is on \`emptyDir\` by default. To keep it over a replaced pod, set \`cloud.persistence.enabled\` and
\`aggregation.persistence.enabled\`.

## Values

${valuesTable()}
`;
}
