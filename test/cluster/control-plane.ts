import { addresses, nodeName, ports, statePath } from './layout.ts';
import { files } from './node-files.ts';
import { kubeconfigPath, pki } from './pki.ts';

const etcdUrl = `http://127.0.0.1:${ports.etcd}`;
const etcdPeerUrl = `http://127.0.0.1:${ports.etcdPeer}`;

/** Command lines of the control plane and of the node's other long-running parts. */
export const commandLines = {
  etcd: [
    `--data-dir=${statePath('etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${etcdPeerUrl}`,
    `--initial-cluster=default=${etcdPeerUrl}`,
    // The data dies with the test.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ],
  'kube-apiserver': [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${addresses.node}`,
    `--advertise-address=${addresses.node}`,
    `--secure-port=${ports.apiServer}`,
    `--service-cluster-ip-range=${addresses.services}`,
    `--cert-dir=${statePath('pki')}`,
    `--tls-cert-file=${pki.apiServerCertificate}`,
    `--tls-private-key-file=${pki.apiServerKey}`,
    `--client-ca-file=${pki.ca}`,
    `--token-auth-file=${pki.tokens}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Otherwise it would reach the kubelet by the node's name, which no DNS knows.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${pki.kubeletClientCertificate}`,
    `--kubelet-client-key=${pki.kubeletClientKey}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki.serviceAccountKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--allow-privileged=true',
  ],
  'kube-controller-manager': [
    `--kubeconfig=${kubeconfigPath('kube-controller-manager')}`,
    `--root-ca-file=${pki.ca}`,
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--cert-dir=${statePath('controller-manager')}`,
  ],
  'kube-scheduler': [
    `--kubeconfig=${kubeconfigPath('kube-scheduler')}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--cert-dir=${statePath('scheduler')}`,
  ],
  'kube-proxy': [
    `--kubeconfig=${kubeconfigPath('kube-proxy')}`,
    `--hostname-override=${nodeName}`,
    '--proxy-mode=nftables',
    `--cluster-cidr=${addresses.pods}`,
    // 0 leaves the machine-wide connection tracking limits alone.
    '--conntrack-max-per-core=0',
    '--conntrack-min=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    '--oom-score-adj=0',
  ],
  containerd: ['--config', files.containerd, '--log-level', 'info'],
  coredns: ['-conf', files.coredns],
} as const;
