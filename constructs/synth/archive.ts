import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ChartFiles } from '../helm/chart-files.ts';

/** The date of every file in an archive, so that equal charts give equal bytes. Helm warns about dates before 1980. */
const date = new Date('2000-01-01T00:00:00Z');

/**
 * A chart archive as `helm package` writes it: gzip of a tar with all files below a folder named after the chart,
 * Chart.yaml first.
 */
export async function chartArchive(name: string, files: ChartFiles): Promise<Buffer> {
  const tar = pack();
  const paths = [...files.keys()].sort(
    (left, right) => Number(right === 'Chart.yaml') - Number(left === 'Chart.yaml'),
  );
  for (const path of paths) {
    tar.entry({ name: `${name}/${path}`, mode: 0o644, mtime: date, uid: 0, gid: 0 }, files.get(path) ?? '');
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}
