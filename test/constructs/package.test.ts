// The npm package as another project gets it from a checkout, and the snippets of docs/chart.md in that project.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assert } from 'chai';
import { freshCopy } from './fresh-copy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Makes a project with the packed package and what it needs. Resolves to its folder. */
async function project(): Promise<string> {
  const checkout = await freshCopy();
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  const folder = await mkdtemp(join(tmpdir(), 'wallarm-oob-project-'));
  await run('npm', ['pack', '--silent', '--offline', '--pack-destination', folder], { cwd: checkout });
  const [archive = ''] = await readdir(folder);
  assert.match(archive, /^cdk8s-wallarm-oob-.*\.tgz$/);
  const target = join(folder, 'node_modules/cdk8s-wallarm-oob');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(folder, archive), '-C', target, '--strip-components=1']);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}\n');
  return folder;
}

async function snippets(): Promise<readonly string[]> {
  const text = await readFile(join(root, 'docs/chart.md'), 'utf8');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
}

describe('the npm package', function () {
  this.timeout(240_000);

  it('packs in a clean checkout, and runs what docs/chart.md shows', async () => {
    const folder = await project();
    const codes = await snippets();
    assert.isAtLeast(codes.length, 2);
    // Without types of its own, a snippet is JavaScript as well.
    for (const [index, code] of codes.entries()) await writeFile(join(folder, `app-${index}.ts`), code);
    const options = [
      '--strict',
      '--module',
      'NodeNext',
      '--target',
      'ES2023',
      '--skipLibCheck',
      '--outDir',
      'out',
    ];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const files = codes.map((_, index) => `app-${index}.ts`);
    await run(process.execPath, [tsc, ...options, ...files], { cwd: folder }).catch(error =>
      assert.fail(`${error.stdout}${error.stderr}`),
    );
    for (const [index] of codes.entries()) {
      const env = { ...process.env, CDK8S_OUTDIR: join(folder, `dist-${index}`) };
      await run(process.execPath, [join(folder, `out/app-${index}.js`)], { cwd: folder, env });
      const manifest = await readFile(join(folder, `dist-${index}`, 'security.k8s.yaml'), 'utf8');
      assert.include(manifest, 'name: wallarm-ebpf-wallarm-oob-processing');
    }
  });
});
