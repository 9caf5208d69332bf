import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { versions } from './versions.ts';

/** How the binaries of one Go release are built. */
export interface Recipe {
  /** Name of the folder in the cache: changes with the version. */
  readonly folder: string;
  /** The module, with its version. */
  readonly module: string;
  readonly version: string;
  /**
   * `install`: `go install PACKAGE@VERSION`. `wrapper`: a module of our own that requires it, for modules whose go.mod
   * has `replace` lines, which `go install` refuses. `program`: the same with a program of ours, for modules without one.
   */
  readonly how: 'install' | 'wrapper' | 'program';
  /** Binary name (what `toolPath` takes) to package path. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Variables set at link time, `package.name` to value. */
  readonly variables?: Readonly<Record<string, string>>;
}

const kubernetesMinor = versions.kubernetes.split('.')[1] ?? '';
const kubernetesVersionPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** Of a program beside this file: a change of it must not leave the old binary in the cache. */
function sourceHash(path: string): string {
  const source = readFileSync(new URL(path, import.meta.url));
  return createHash('sha256').update(source).digest('hex').slice(0, 8);
}

/** In the order in which `build` without names builds them: what unit tests wait for comes first. */
export const recipes: readonly Recipe[] = [
  {
    folder: `helm-${versions.helm4}`,
    module: 'helm.sh/helm/v4',
    version: `v${versions.helm4}`,
    how: 'install',
    binaries: { helm4: 'helm.sh/helm/v4/cmd/helm' },
    variables: { 'helm.sh/helm/v4/internal/version.version': `v${versions.helm4}` },
  },
  {
    folder: `kubeconform-${versions.kubeconform}`,
    module: 'github.com/yannh/kubeconform',
    version: `v${versions.kubeconform}`,
    how: 'install',
    binaries: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
  },
  {
    folder: `helm-${versions.helm3}`,
    module: 'helm.sh/helm/v3',
    version: `v${versions.helm3}`,
    how: 'install',
    binaries: { helm3: 'helm.sh/helm/v3/cmd/helm' },
    variables: {
      'helm.sh/helm/v3/internal/version.version': `v${versions.helm3}`,
      // Without these, .Capabilities.KubeVersion of `helm template` is v1.20.0.
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': kubernetesMinor,
    },
  },
  {
    folder: `kubernetes-${versions.kubernetes}`,
    module: 'k8s.io/kubernetes',
    version: `v${versions.kubernetes}`,
    how: 'wrapper',
    binaries: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    // Otherwise they report v0.0.0-master, which Helm and clients cannot parse.
    variables: Object.fromEntries(
      kubernetesVersionPackages.flatMap(path => [
        [`${path}.gitVersion`, `v${versions.kubernetes}`],
        [`${path}.gitMajor`, '1'],
        [`${path}.gitMinor`, kubernetesMinor],
      ]),
    ),
  },
  {
    folder: `etcd-${versions.etcd}`,
    module: 'go.etcd.io/etcd/server/v3',
    version: `v${versions.etcd}`,
    how: 'wrapper',
    binaries: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
  {
    folder: `containerd-${versions.containerd}`,
    module: 'github.com/containerd/containerd/v2',
    version: `v${versions.containerd}`,
    how: 'install',
    binaries: {
      containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
      'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
      ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
    },
  },
  {
    folder: `cni-plugins-${versions.cniPlugins}`,
    module: 'github.com/containernetworking/plugins',
    version: `v${versions.cniPlugins}`,
    how: 'install',
    binaries: {
      bridge: 'github.com/containernetworking/plugins/plugins/main/bridge',
      loopback: 'github.com/containernetworking/plugins/plugins/main/loopback',
      'host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
      portmap: 'github.com/containernetworking/plugins/plugins/meta/portmap',
    },
  },
  {
    folder: `coredns-${versions.coredns}`,
    module: 'github.com/coredns/coredns',
    version: `v${versions.coredns}`,
    how: 'install',
    binaries: { coredns: 'github.com/coredns/coredns' },
  },
  {
    folder: `go-containerregistry-${versions.goContainerRegistry}`,
    module: 'github.com/google/go-containerregistry',
    version: `v${versions.goContainerRegistry}`,
    how: 'install',
    binaries: { registry: 'github.com/google/go-containerregistry/cmd/registry' },
  },
  {
    folder: `cert-manager-${versions.certManager}-${sourceHash('cert-manager/main.go')}`,
    module: 'github.com/cert-manager/cert-manager',
    version: `v${versions.certManager}`,
    how: 'program',
    // Below the module's own path, or Go would refuse its internal packages; the folder beside this file has its source.
    binaries: { 'cert-manager': 'github.com/cert-manager/cert-manager/e2e' },
  },
  {
    folder: `argocd-${versions.argoCd}`,
    module: 'github.com/argoproj/argo-cd/v3',
    version: `v${versions.argoCd}`,
    how: 'wrapper',
    // One binary: the name by which it is called chooses the part.
    binaries: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' },
    variables: { 'github.com/argoproj/argo-cd/v3/common.version': versions.argoCd },
  },
];
