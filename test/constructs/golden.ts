import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from 'chai';

/** Compares files with those of a folder that is checked in; with UPDATE=1 writes them there instead. */
export async function assertGolden(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  if (process.env.UPDATE === '1') {
    await rm(folder, { recursive: true, force: true });
    for (const [path, content] of files) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    return;
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const present = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  assert.sameMembers(
    present.map(path => path.slice(folder.length + 1)),
    [...files.keys()],
    'files; run with UPDATE=1 to rewrite them',
  );
  for (const [path, content] of files) {
    assert.equal(
      content,
      await readFile(join(folder, path), 'utf8'),
      `${path}; run with UPDATE=1 to rewrite it`,
    );
  }
}
