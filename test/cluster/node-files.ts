import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { addresses, nodeName, nodePaths, statePath } from './layout.ts';
import { kubeconfigPath, pki } from './pki.ts';

export const pauseImage = 'localhost/pause:1';

export const files = {
  containerd: statePath('containerd.toml'),
  kubelet: statePath('kubelet.yaml'),
  coredns: statePath('Corefile'),
  binaries: statePath('bin'),
  cniPlugins: statePath('cni', 'bin'),
  cniConfig: statePath('cni', 'net.d'),
} as const;

/** Writes the configuration files of the node. */
export async function writeNodeFiles(tools: ReadonlyMap<string, string>): Promise<void> {
  for (const folder of [files.binaries, files.cniPlugins, files.cniConfig]) {
    await mkdir(folder, { recursive: true });
  }
  // containerd finds its shim on PATH.
  await symlink(tools.get('containerd-shim-runc-v2') ?? '', `${files.binaries}/containerd-shim-runc-v2`);
  for (const plugin of ['bridge', 'loopback', 'host-local', 'portmap']) {
    await copyFile(tools.get(plugin) ?? '', `${files.cniPlugins}/${plugin}`);
  }
  await writeFile(files.containerd, containerdConfig);
  await writeFile(`${files.cniConfig}/10-pods.conflist`, JSON.stringify(cniConfig));
  await writeFile(files.kubelet, JSON.stringify(kubeletConfig)); // JSON is YAML
  await writeFile(files.coredns, corefile);
}

const containerdConfig = `version = 3
root = "${nodePaths.containerdRoot}"
state = "/run/containerd"

[grpc]
  address = "${nodePaths.containerdSocket}"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pauseImage}"

[plugins."io.containerd.cri.v1.runtime"]
  # Lowering oom_score_adj needs CAP_SYS_RESOURCE, which root lacks on some test machines.
  restrict_oom_score_adj = true

  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${files.cniPlugins}"]
    conf_dir = "${files.cniConfig}"

  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;

const cniConfig = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: addresses.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const kubeletConfig = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: addresses.node,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pki.ca },
  },
  authorization: { mode: 'Webhook' },
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  clusterDNS: [addresses.node],
  clusterDomain: 'cluster.local',
  containerRuntimeEndpoint: `unix://${nodePaths.containerdSocket}`,
  // The machine's own resolvers are not in reach of pods.
  resolvConf: '',
  // A test machine's disk may be nearly full; nothing here depends on how full.
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  syncFrequency: '10s',
  nodeStatusUpdateFrequency: '5s',
} as const;

/** A host process in place of the usual Deployment: same names, one image less. */
const corefile = `.:53 {
    bind ${addresses.node}
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfigPath('admin')}
        pods insecure
        ttl 5
    }
}
`;

export const kubeletArguments: readonly string[] = [
  `--config=${files.kubelet}`,
  `--kubeconfig=${kubeconfigPath('kubelet')}`,
  `--hostname-override=${nodeName}`,
  `--node-ip=${addresses.node}`,
  `--root-dir=${nodePaths.kubeletRoot}`,
];
