import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Writes an image of one static binary as an archive that `ctr images import` reads (docker-archive format).
 *
 * @param workFolder an empty folder for intermediate files; removed afterwards
 */
export async function writeBinaryImage(
  image: string,
  binary: string,
  archive: string,
  workFolder: string,
): Promise<void> {
  const root = join(workFolder, 'root');
  await mkdir(root, { recursive: true });
  await copyFile(binary, join(root, 'entrypoint'));
  await command('tar', ['-C', root, '-cf', join(workFolder, 'layer.tar'), '--mode=0755', 'entrypoint']);
  const layer = sha256(await readFile(join(workFolder, 'layer.tar')));
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['/entrypoint'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [],
  };
  await writeFile(join(workFolder, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }];
  await writeFile(join(workFolder, 'manifest.json'), JSON.stringify(manifest));
  await command('tar', ['-C', workFolder, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  await rm(workFolder, { recursive: true, force: true });
}
