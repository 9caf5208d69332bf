import type { Cluster } from '../cluster/cluster.ts';

/** What a person would look at first: pods, warnings, and the last lines of the logs of a namespace. */
export async function diagnose(cluster: Cluster, namespace: string): Promise<string> {
  const look = async (...args: string[]): Promise<string> => {
    const answer = await cluster.kubectl(args, { timeoutMs: 10_000 }).catch((error: Error) => error.message);
    return `── kubectl ${args.join(' ')}\n${answer}\n`;
  };
  const pods = await cluster
    .kubectl(['-n', namespace, 'get', 'pods', '-o', 'name'], { timeoutMs: 10_000 })
    .catch(() => '');
  const parts = [
    await look('get', 'pods', '-A', '-o', 'wide'),
    await look('get', 'events', '-A', '--field-selector=type=Warning'),
  ];
  for (const pod of pods.split('\n').filter(name => name !== '')) {
    parts.push(await look('-n', namespace, 'logs', pod, '--all-containers', '--tail=40'));
  }
  return parts.join('');
}
