import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything the node writes lies here; one cluster runs on a machine at a time. */
export const stateFolder = join(tmpdir(), 'cdk8s-wallarm-oob-cluster');

export const statePath = (...parts: readonly string[]): string => join(stateFolder, ...parts);

export const nodeName = 'node-1';

/** Addresses inside the node's network namespace; nothing outside it ever sees them. */
export const addresses = {
  node: '10.199.0.1',
  nodePrefix: 24,
  /** Nothing answers there: it only gives the kernel a default route, which kubelet and kube-proxy look for. */
  gateway: '10.199.0.254',
  pods: '10.244.0.0/24',
  services: '10.96.0.0/16',
  apiServerService: '10.96.0.1',
} as const;

export const ports = { apiServer: 6443, etcd: 2379, etcdPeer: 2380, dns: 53 } as const;

/** Where a kubelet and a containerd are on an ordinary node, so that hostPath volumes mean the same here. */
export const nodePaths = {
  containerdSocket: '/run/containerd/containerd.sock',
  containerdRoot: '/var/lib/containerd',
  kubeletRoot: '/var/lib/kubelet',
} as const;

/** The cgroup that the kubelet makes in every hierarchy. */
export const podCgroup = 'kubepods';
