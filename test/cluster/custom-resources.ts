import type { Cluster } from './cluster.ts';
import { waitUntil } from './wait.ts';

/** Installs CustomResourceDefinitions from files, and returns when objects of them are taken. */
export async function installCustomResources(cluster: Cluster, files: readonly string[]): Promise<void> {
  // Some are too large for the annotation that a client-side apply keeps.
  for (const file of files)
    await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', file]);
  // kubectl wait fails on a definition that has no conditions yet.
  await waitUntil('the custom resources are established', () =>
    cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']),
  );
}
