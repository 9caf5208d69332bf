import { startCluster } from './cluster.ts';
import { holdMachine } from './machine-lock.ts';
import { tearDown } from './tear-down.ts';

const help = `A one-node Kubernetes cluster on this machine, in namespaces of its own. Needs root.

Usage: node --import=tsx test/cluster/main.ts run      start it, print how to reach it, take it down on Ctrl-C
       node --import=tsx test/cluster/main.ts clean    remove what a run that was killed left behind
`;

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const [action] = process.argv.slice(2);
if (action === 'clean') {
  // Waits for a cluster that somebody is using: only what nobody uses is removed.
  const release = await holdMachine(progress);
  await tearDown();
  await release();
} else if (action === 'run') {
  const cluster = await startCluster({ progress });
  const enter = `nsenter --target ${cluster.namespaces.holderPid} --mount --net --`;
  process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n${enter} kubectl get nodes\n`);
  await new Promise<void>(resolve => {
    const keepAlive = setInterval(() => {}, 60_000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        clearInterval(keepAlive);
        resolve();
      });
    }
  });
  await cluster.stop();
} else {
  process.stdout.write(help);
  process.exitCode = action === '--help' ? 0 : 2;
}
