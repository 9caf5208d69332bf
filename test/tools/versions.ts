/**
 * Every version the tests pin, in one place. Changing one rebuilds that tool only: the cache folder is keyed by it.
 */
export const versions = {
  helm4: '4.3.1',
  helm3: '3.22.0',
  kubeconform: '0.8.0',
  kubernetes: '1.36.3',
  etcd: '3.6.8',
  containerd: '2.4.2',
  cniPlugins: '1.9.1',
  coredns: '1.15.0',
  goContainerRegistry: '0.22.1',
  certManager: '1.21.2',
  // 3.3 to 3.5 need a module that is not published; 3.6 needs a newer Go.
  argoCd: '3.2.11',
  prometheusOperator: '0.85.0',
  openshiftApi: 'v0.0.0-20250207102212-9e59a77ed2e0',
  /** Releases whose published schemas the chart's objects are checked against: the oldest, one between, the newest. */
  kubernetesSchemas: ['1.24.17', '1.28.15', '1.36.3'],
} as const;
