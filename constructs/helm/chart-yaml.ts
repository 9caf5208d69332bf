import { chartName, minimumKubeVersion, version } from '../version.ts';

/** Chart.yaml. */
export function chartYaml(): string {
  return [
    'apiVersion: v2',
    `name: ${chartName}`,
    'description: Out-of-band API discovery for Kubernetes, with an eBPF agent; nothing in the way of traffic.',
    'type: application',
    `version: ${version}`,
    `appVersion: ${JSON.stringify(version)}`,
    `kubeVersion: ">=${minimumKubeVersion}-0"`,
    'keywords: [api-discovery, api-security, ebpf]',
    'annotations:',
    '  artifacthub.io/license: Apache-2.0',
    '  artifacthub.io/prerelease: "true"',
    '  artifacthub.io/changes: |',
    '    - kind: added',
    '      description: The whole installation, with the values of the original chart 0.23 to 0.25',
    '',
  ].join('\n');
}
