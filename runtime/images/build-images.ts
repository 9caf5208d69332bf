import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Builder, chooseBuilder } from './builder.ts';
import { prepareContext } from './bundle.ts';
import { localBuilder, localStore } from './debian-image.ts';
import { ensureLocalBase } from './local-base.ts';
import { run } from './run.ts';
import { checkout, repository, type ServiceImage, services } from './services.ts';

export interface BuildImagesOptions {
  /** Services to build. @default all */
  readonly services?: readonly string[];
  /** docker or buildah. @default the first that works */
  readonly builder?: string;
  /** @default docker.io/library/node:24-trixie-slim, as the Dockerfiles say */
  readonly baseImage?: string;
  /** Make the base from Debian packages, with buildah. @default false */
  readonly localBase?: boolean;
  /** What stands before `/<service>` in image names. @default localhost/cdk8s-wallarm-oob */
  readonly registry?: string;
  /** @default the version in package.json */
  readonly tag?: string;
  readonly push?: boolean;
  /** Folder for `<service>.tar`, archives of the images. */
  readonly outputDir?: string;
  readonly progress?: (line: string) => void;
}

export interface BuiltImage {
  readonly service: string;
  readonly image: string;
  readonly archive?: string;
}

export const defaultRegistry = 'localhost/cdk8s-wallarm-oob';

/**
 * Bundles the services and builds their images.
 *
 * @throws RangeError for an unknown service or builder; Error for anything missing, saying what to run or install
 */
export async function buildImages(options: BuildImagesOptions = {}): Promise<readonly BuiltImage[]> {
  const progress = options.progress ?? (() => {});
  const chosen = choose(options.services);
  if (options.localBase && (options.baseImage || (options.builder ?? 'buildah') !== 'buildah')) {
    throw new RangeError(
      '--local-base makes its own base with buildah: leave out --base-image and --builder docker',
    );
  }
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
    version: string;
  };
  const tag = options.tag ?? version;
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = Date.now();
    const result = await work();
    progress(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
  };

  const contexts = new Map<string, string>();
  for (const service of chosen) {
    contexts.set(service.name, await timed(`${service.name}: bundle`, () => prepareContext(service)));
  }
  const builder: Builder = options.localBase ? localBuilder() : await chooseBuilder(options.builder);
  const baseImage = options.localBase ? await timed('base image', ensureLocalBase) : options.baseImage;
  const revision = await run('git', ['-C', checkout, 'rev-parse', 'HEAD']).then(
    hash => hash.trim(),
    () => 'unknown', // a source archive without a repository
  );

  const built: BuiltImage[] = [];
  for (const service of chosen) {
    const image = `${repository(options.registry ?? defaultRegistry, service.name)}:${tag}`;
    await timed(`${service.name}: image`, () =>
      builder.build({
        image,
        dockerfile: join(checkout, 'runtime', service.name, 'Dockerfile'),
        contextFolder: contexts.get(service.name) ?? '',
        buildArgs: baseImage ? { BASE_IMAGE: baseImage } : {},
        labels: {
          'org.opencontainers.image.title': service.title,
          'org.opencontainers.image.version': tag,
          'org.opencontainers.image.revision': revision,
          'org.opencontainers.image.licenses': 'Apache-2.0',
        },
      }),
    );
    if (options.push) await timed(`${service.name}: push`, () => builder.push(image));
    if (options.outputDir) {
      await mkdir(options.outputDir, { recursive: true });
      const archive = join(options.outputDir, `${service.name}.tar`);
      await timed(`${service.name}: archive`, () => builder.save(image, archive));
      built.push({ service: service.name, image, archive });
    } else {
      built.push({ service: service.name, image });
    }
  }
  // Earlier builds of the same tags have lost their names; the store in the cache folder is ours to clean.
  if (options.localBase) await run('buildah', [...localStore(), 'rmi', '--prune', '--force']);
  return built;
}

function choose(names: readonly string[] | undefined): readonly ServiceImage[] {
  if (!names || names.length === 0) return services;
  return names.map(name => {
    const service = services.find(candidate => candidate.name === name);
    if (service) return service;
    throw new RangeError(
      `unknown service "${name}": expected one of ${services.map(candidate => candidate.name).join(', ')}`,
    );
  });
}
