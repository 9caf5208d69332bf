import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../tools/lock.ts';

/**
 * Waits until no other process on this machine runs a cluster, and keeps others from starting one.
 *
 * @returns a function that lets the next one in
 */
export function holdMachine(progress: (line: string) => void): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    let release = (): void => {};
    const released = new Promise<void>(done => {
      release = done;
    });
    const held = withLock(
      join(tmpdir(), 'cdk8s-wallarm-oob-cluster.lock'),
      () => {
        resolve(async () => {
          release();
          await held;
        });
        return released;
      },
      holder => progress(`waiting for ${holder}, which runs a cluster on this machine`),
    );
    held.catch(reject);
  });
}
