import { parseArgs } from 'node:util';
import { buildImages } from './build-images.ts';

const help = `Builds the container images of the services.

Usage: npm run images -- [SERVICE…] [options]      SERVICE: agent, processing, aggregation, cloud; all by default

  --builder docker|buildah  what builds them (default: docker when its daemon answers, else buildah)
  --base-image IMAGE        base with Node 24 on PATH (default: docker.io/library/node:24-trixie-slim)
  --local-base              make the base from Debian packages and the npm package of Node, with buildah; for places
                            without an image registry. Needs root, debootstrap and buildah
  --registry PREFIX         what stands before /SERVICE (default: localhost/cdk8s-wallarm-oob)
  --tag TAG                 default: the version in package.json
  --push                    push to the registry named in PREFIX
  --output-dir FOLDER       also write FOLDER/SERVICE.tar, for ctr images import, docker load or podman load
  --help

Exit code: 0 built, 1 a build failed, 2 bad arguments.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      builder: { type: 'string' },
      'base-image': { type: 'string' },
      'local-base': { type: 'boolean' },
      registry: { type: 'string' },
      tag: { type: 'string' },
      push: { type: 'boolean' },
      'output-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const built = await buildImages({
    services: positionals,
    ...(values.builder !== undefined && { builder: values.builder }),
    ...(values['base-image'] !== undefined && { baseImage: values['base-image'] }),
    ...(values['local-base'] && { localBase: true }),
    ...(values.registry !== undefined && { registry: values.registry }),
    ...(values.tag !== undefined && { tag: values.tag }),
    ...(values.push && { push: true }),
    ...(values['output-dir'] !== undefined && { outputDir: values['output-dir'] }),
    progress: line => process.stderr.write(`${line}\n`),
  });
  for (const { image, archive } of built)
    process.stdout.write(archive ? `${image}\t${archive}\n` : `${image}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  const badArguments =
    error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.exitCode = badArguments ? 2 : 1;
}
