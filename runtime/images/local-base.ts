import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureDebianImage } from './debian-image.ts';

/** Debian 13, as in the default base image. */
const suite = 'trixie';
/** Raise when what is put into the base changes. */
const revision = 2;

/**
 * Makes the base image of the services from Debian packages and the Node binary of an npm package: the stand-in for
 * docker.io/library/node where no image registry is in reach.
 *
 * @returns its name
 */
export async function ensureLocalBase(): Promise<string> {
  const npmPackage = `node-linux-${process.arch}`;
  const manifest = createRequire(import.meta.url).resolve(`${npmPackage}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const image = `localhost/cdk8s-wallarm-oob/base:${suite}-node${version}-${revision}`;
  await ensureDebianImage({
    image,
    suite,
    packages: ['ca-certificates'],
    files: { 'usr/local/bin/node': join(dirname(manifest), 'bin', 'node') },
  });
  return image;
}
