import { access, readdir, readFile, readlink } from 'node:fs/promises';
import { cacheFolder } from '../tools/cache-folder.ts';
import { stateFolder } from './layout.ts';
import { type Namespaces, processesIn } from './namespaces.ts';
import { podCgroupFolders } from './pod-cgroups.ts';

/**
 * What a cluster that was stopped has left on the machine: one line per process, mount, cgroup or folder.
 *
 * Looks only for what a cluster makes, so that unrelated work on the same machine is not taken for a leftover.
 */
export async function leftovers(namespaces: Pick<Namespaces, 'mount' | 'network'>): Promise<string[]> {
  const [inNamespaces, ofTools, mounts, cgroups, folder] = await Promise.all([
    processesIn(namespaces),
    processesOfTools(),
    readFile('/proc/self/mounts', 'utf8'),
    podCgroupFolders(),
    access(stateFolder).then(
      () => [stateFolder],
      () => [],
    ),
  ]);
  const marks = [stateFolder, '/run/netns/cni-', '/var/lib/kubelet', '/run/containerd'];
  return [
    ...inNamespaces.map(pid => `process ${pid} in the namespaces of the node`),
    ...ofTools,
    ...mounts
      .split('\n')
      .filter(line => marks.some(mark => line.includes(mark)))
      .map(line => `mount ${line}`),
    ...cgroups.map(path => `cgroup ${path}`),
    ...folder.map(path => `folder ${path}`),
  ];
}

const longRunning =
  /\/(etcd|kube-[a-z-]+|kubelet|containerd|containerd-shim-runc-v2|coredns|cert-manager|argocd|registry)$/;

async function processesOfTools(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async pid => {
      const executable = await readlink(`/proc/${pid}/exe`).catch(() => '');
      return executable.startsWith(cacheFolder()) && longRunning.test(executable) ? [pid, executable] : [];
    }),
  );
  return found.filter(pair => pair.length > 0).map(([pid, executable]) => `process ${pid} ${executable}`);
}
