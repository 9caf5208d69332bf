import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const paths = [
  ...['constructs', 'examples', 'main.ts', 'cdk8s.yaml', 'tsconfig.json', 'tsconfig.build.json'],
  ...['package.json', 'package-lock.json', 'runtime/package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'],
];

/** What chart generation needs of a clean checkout, in a new folder: nothing is installed or built there. */
export async function freshCopy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wallarm-oob-checkout-'));
  for (const path of paths) await cp(join(root, path), join(folder, path), { recursive: true });
  return folder;
}
