import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { command } from './command.ts';
import { addresses, nodeName, ports, statePath } from './layout.ts';

const folder = (name: string): string => statePath('pki', name);

/** Keys and certificates of the control plane. */
export const pki = {
  ca: folder('ca.crt'),
  apiServerCertificate: folder('apiserver.crt'),
  apiServerKey: folder('apiserver.key'),
  /** With which the API server calls the kubelet (logs, exec). */
  kubeletClientCertificate: folder('kubelet-client.crt'),
  kubeletClientKey: folder('kubelet-client.key'),
  serviceAccountKey: folder('service-account.key'),
  tokens: folder('tokens.csv'),
} as const;

/** Who calls the API server, with the groups that Kubernetes' own roles are bound to. */
const callers = {
  admin: { user: 'admin', groups: 'system:masters' },
  kubelet: { user: `system:node:${nodeName}`, groups: 'system:nodes' },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: '' },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: '' },
  'kube-proxy': { user: 'system:kube-proxy', groups: '' },
} as const;

export type Caller = keyof typeof callers;

export const kubeconfigPath = (caller: Caller): string => statePath(`${caller}.kubeconfig`);

/** Makes the certificate authority, its certificates, a token per caller and the kubeconfig files. */
export async function createCredentials(): Promise<void> {
  await mkdir(statePath('pki'), { recursive: true, mode: 0o700 });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '7'];
  const sign = ['-x509', '-CA', pki.ca, '-CAkey', folder('ca.key')];
  const request = ['req', '-x509', ...key];
  await command('openssl', [...request, '-keyout', folder('ca.key'), '-out', pki.ca, '-subj', '/CN=test-ca']);
  const names = [
    `IP:${addresses.node}`,
    `IP:${addresses.apiServerService}`,
    'IP:127.0.0.1',
    'DNS:localhost',
    'DNS:kubernetes',
    'DNS:kubernetes.default',
    'DNS:kubernetes.default.svc',
    'DNS:kubernetes.default.svc.cluster.local',
  ].join(',');
  const leaf = ['req', ...sign, ...key, '-addext', 'basicConstraints=critical,CA:FALSE'];
  const serverFiles = ['-keyout', pki.apiServerKey, '-out', pki.apiServerCertificate];
  const clientFiles = ['-keyout', pki.kubeletClientKey, '-out', pki.kubeletClientCertificate];
  await Promise.all([
    command('openssl', [
      ...leaf,
      ...serverFiles,
      '-subj',
      '/CN=kube-apiserver',
      '-addext',
      `subjectAltName=${names}`,
    ]),
    command('openssl', [
      ...leaf,
      ...clientFiles,
      '-subj',
      '/O=system:masters/CN=kube-apiserver-kubelet-client',
      '-addext',
      'extendedKeyUsage=clientAuth',
    ]),
    command('openssl', ['genrsa', '-out', pki.serviceAccountKey, '2048']),
  ]);
  const tokens = Object.entries(callers).map(([name, { user, groups }]) => {
    const token = randomBytes(24).toString('hex');
    return { name: name as Caller, token, line: `${token},${user},${name},"${groups}"` };
  });
  await writeFile(pki.tokens, `${tokens.map(({ line }) => line).join('\n')}\n`, { mode: 0o600 });
  await Promise.all(
    tokens.map(({ name, token }) => writeFile(kubeconfigPath(name), kubeconfig(token), { mode: 0o600 })),
  );
}

/** JSON is YAML, and needs no quoting rules. */
function kubeconfig(token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://${addresses.node}:${ports.apiServer}`, 'certificate-authority': pki.ca },
      },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
