import { rm } from 'node:fs/promises';
import { CommandError, run } from './run.ts';

export interface ImageBuild {
  /** Full name with tag. */
  readonly image: string;
  readonly dockerfile: string;
  readonly contextFolder: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the build script needs of docker or buildah. */
export interface Builder {
  readonly name: 'docker' | 'buildah';
  build(what: ImageBuild): Promise<void>;
  push(image: string): Promise<void>;
  /** Writes the image to a file that `ctr images import`, `podman load` and `skopeo` read. */
  save(image: string, file: string): Promise<void>;
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

export const docker: Builder = {
  name: 'docker',
  async build({ image, dockerfile, contextFolder, buildArgs, labels }) {
    const variables = [...pairs('--build-arg', buildArgs), ...pairs('--label', labels)];
    await run('docker', ['build', '--file', dockerfile, '--tag', image, ...variables, contextFolder]);
  },
  async push(image) {
    await run('docker', ['push', image]);
  },
  async save(image, file) {
    await run('docker', ['save', '--output', file, image]);
  },
};

export interface BuildahOptions {
  /** Global options, such as where images are stored. */
  readonly options?: readonly string[];
  /** How RUN steps are isolated. @default buildah's own */
  readonly isolation?: 'chroot';
  /** Compress archives with zstd, half the time of gzip; older programs cannot read them. @default false */
  readonly fastArchives?: boolean;
}

export function buildah({ options = [], isolation, fastArchives = false }: BuildahOptions = {}): Builder {
  return {
    name: 'buildah',
    async build({ image, dockerfile, contextFolder, buildArgs, labels }) {
      const variables = [...pairs('--build-arg', buildArgs), ...pairs('--label', labels)];
      const isolated = isolation ? ['--isolation', isolation] : [];
      const target = ['--format', 'oci', '--file', dockerfile, '--tag', image];
      await run('buildah', [...options, 'build', ...isolated, ...target, ...variables, contextFolder]);
    },
    async push(image) {
      await run('buildah', [...options, 'push', image, `docker://${image}`]);
    },
    async save(image, file) {
      await rm(file, { force: true }); // buildah adds to an archive that is there
      const compression = fastArchives ? ['--compression-format', 'zstd', '--compression-level', '1'] : [];
      const target = `oci-archive:${file}:${image}`;
      await run('buildah', [...options, 'push', '--quiet', ...compression, image, target]);
    },
  };
}

/**
 * The builder asked for, or the first of docker and buildah that works here.
 *
 * @throws Error when neither does, saying what to install
 */
export async function chooseBuilder(asked?: string): Promise<Builder> {
  if (asked === 'docker') return docker;
  if (asked === 'buildah') return buildah();
  if (asked !== undefined) throw new RangeError(`unknown builder "${asked}": expected docker or buildah`);
  const reasons: string[] = [];
  for (const [builder, args] of [
    [docker, ['info', '--format', '{{.ServerVersion}}']],
    [buildah(), ['--version']],
  ] as const) {
    try {
      await run(builder.name, args);
      return builder;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reasons.push(error.message.split('\n').at(-1) ?? '');
    }
  }
  throw new Error(
    `no image builder works here: ${reasons.join('; ')}. Start docker, or: apt-get install buildah`,
  );
}
