import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../test/tools/cache-folder.ts';
import { withLock } from '../../test/tools/lock.ts';
import { type Builder, buildah } from './builder.ts';
import { CommandError, run } from './run.ts';

/** An image made from Debian packages with debootstrap, for places without an image registry. */
export interface DebianImage {
  /** Full name with tag; the tag must change with the content, since an image that is there is not made again. */
  readonly image: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Paths in the image to files on this machine; made executable. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Documentation and package lists: half of the files, none of them read in a container. */
const needless = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'var/lib/apt/lists',
];

/**
 * Options that make buildah keep everything in the cache folder and need neither overlayfs nor a running service.
 */
export function localStore(): readonly string[] {
  const folder = join(cacheFolder(), 'images');
  return ['--storage-driver', 'vfs', '--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
}

/** Builds with what the local store holds. */
export function localBuilder(): Builder {
  return buildah({ options: localStore(), isolation: 'chroot', fastArchives: true });
}

/**
 * Makes the image in the local store unless it is there.
 *
 * @throws Error when it is not run by root, or debootstrap or buildah is missing or fails
 */
export async function ensureDebianImage(what: DebianImage): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('making an image from Debian packages needs root (debootstrap)');
  const store = localStore();
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, 'images.lock'), async () => {
    if (await isStored(what.image)) return;
    const work = await mkdtemp(join(cache, 'rootfs-'));
    const root = join(work, 'root');
    try {
      const include = what.packages.length > 0 ? [`--include=${what.packages.join(',')}`] : [];
      await run('debootstrap', ['--variant=minbase', ...include, what.suite, root]);
      await run('chroot', [root, 'apt-get', 'clean']);
      for (const path of needless) await rm(join(root, path), { recursive: true, force: true });
      for (const [path, from] of Object.entries(what.files ?? {})) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await copyFile(from, join(root, path));
        await chmod(join(root, path), 0o755);
      }
      const container = (await run('buildah', [...store, 'from', 'scratch'])).trim();
      await run('buildah', [...store, 'add', '--quiet', container, root, '/']);
      await run('buildah', [...store, 'config', '--cmd', '/bin/sh', container]);
      await run('buildah', [...store, 'commit', '--quiet', '--rm', '--format', 'oci', container, what.image]);
    } catch (error) {
      if (error instanceof CommandError && error.status === undefined) {
        throw new Error(`${error.message}; install what is missing: apt-get install debootstrap buildah`);
      }
      throw error;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function isStored(image: string): Promise<boolean> {
  try {
    await run('buildah', [
      ...localStore(),
      'inspect',
      '--type',
      'image',
      '--format',
      '{{.FromImageID}}',
      image,
    ]);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.status !== undefined) return false;
    throw new Error(`${(error as Error).message}; install it: apt-get install debootstrap buildah`);
  }
}
