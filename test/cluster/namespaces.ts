import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { command } from './command.ts';
import { addresses, nodePaths, statePath } from './layout.ts';
import { waitUntil } from './wait.ts';

/** The mount and network namespaces of the node, told apart by the kernel's names for them (`mnt:[4026532…]`). */
export interface Namespaces {
  /** The process that keeps them alive. */
  readonly holderPid: number;
  readonly mount: string;
  readonly network: string;
}

/** Written as soon as the namespaces exist, so that a later run can clean up after one that died. */
export const recordPath = statePath('namespaces.json');

/** Puts a command into the node's namespaces. Not `ip netns exec`: its new /sys would hide the cgroups. */
export function inside(holderPid: number): readonly string[] {
  return ['nsenter', '--target', String(holderPid), '--mount', '--net', '--'];
}

/**
 * Makes the node's namespaces. Whatever a node mounts or writes below /var, /run and /etc/cni stays in them, so that
 * ending the last process in them undoes it all.
 */
export async function createNamespaces(): Promise<Namespaces> {
  for (const folder of ['var', 'var-work', 'containerd', 'kubelet']) {
    await mkdir(statePath(folder), { recursive: true });
  }
  const holder = spawn('unshare', ['--mount', '--net', '--propagation', 'private', 'sleep', 'infinity'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let complaint = '';
  holder.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  holder.on('error', error => {
    complaint = error.message;
  });
  holder.unref();
  const pid = holder.pid;
  if (pid === undefined) {
    await once(holder, 'error').catch(() => {});
    throw new Error(`cannot run unshare: ${complaint}; apt-get install util-linux`);
  }
  const ours = await namespacesOf(process.pid);
  const namespaces = await waitUntil(
    'unshare has made the namespaces of the node',
    async () => {
      // unshare(1) enters them before it becomes sleep(1).
      const [its, executable] = await Promise.all([
        namespacesOf(pid),
        readlink(`/proc/${pid}/exe`).catch(() => ''),
      ]);
      if (complaint) throw new Error(complaint);
      if (!its || its.mount === ours?.mount || its.network === ours?.network) return undefined;
      return /\/(sleep|coreutils|busybox)$/.test(executable) ? { holderPid: pid, ...its } : undefined;
    },
    { timeoutMs: 10_000, intervalMs: 5 },
  );
  holder.stderr.destroy();
  await writeFile(recordPath, JSON.stringify(namespaces));
  await command('nsenter', [...inside(pid).slice(1), 'sh', '-ec', setUp], { timeoutMs: 10_000 });
  return namespaces;
}

/** The bridge stands for the node's network card: not every kernel has the dummy device. */
const setUp = `
mount --make-rshared /
mount -t overlay overlay -o lowerdir=/var,upperdir=${statePath('var')},workdir=${statePath('var-work')} /var
mkdir -p ${nodePaths.containerdRoot} ${nodePaths.kubeletRoot}
mount --bind ${statePath('containerd')} ${nodePaths.containerdRoot}
mount --bind ${statePath('kubelet')} ${nodePaths.kubeletRoot}
mount --make-rshared ${nodePaths.kubeletRoot}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock
ip link set lo up
ip link add node0 type bridge
ip addr add ${addresses.node}/${addresses.nodePrefix} dev node0
ip link set node0 up
ip route add default via ${addresses.gateway} dev node0
echo 1 > /proc/sys/net/ipv4/ip_forward
# Replies between two pods on one bridge must pass the translation of Service addresses.
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
`;

/** Undefined when the process is gone. */
export async function namespacesOf(pid: number): Promise<{ mount: string; network: string } | undefined> {
  try {
    const [mount, network] = await Promise.all([
      readlink(`/proc/${pid}/ns/mnt`),
      readlink(`/proc/${pid}/ns/net`),
    ]);
    return { mount, network };
  } catch {
    return undefined;
  }
}

/** Every process that is in the node's mount namespace or in its network namespace. */
export async function processesIn(namespaces: Pick<Namespaces, 'mount' | 'network'>): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async pid => {
      const its = await namespacesOf(pid);
      return its && (its.mount === namespaces.mount || its.network === namespaces.network) ? pid : undefined;
    }),
  );
  return found.filter(pid => pid !== undefined);
}
