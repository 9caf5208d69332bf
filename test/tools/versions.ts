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
} as const;
