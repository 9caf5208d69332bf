import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from 'chai';
import { parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly folder: string;
}

/** Runs the command of `npm run synth` into a new folder, or one that is there. */
async function synth(env: Record<string, string>, folder?: string): Promise<Run> {
  const output = folder ?? (await mkdtemp(join(tmpdir(), 'synth-')));
  const args = ['--import=tsx', 'constructs/synth/main.ts', '--output', output];
  return new Promise(resolve => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr, folder: output }),
    );
  });
}

async function valuesFile(content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'values-')), 'values.yaml');
  await writeFile(path, content);
  return path;
}

describe('npm run synth', function () {
  this.timeout(240_000);

  it('writes plain YAML, the chart and its archive with the shipped example, and says what to do next', async () => {
    const { code, stdout, stderr, folder } = await synth({ RELEASE_NAME: 'prod', NAMESPACE: 'security' });
    assert.equal(code, 0, stderr);
    assert.sameMembers(await readdir(folder), ['chart', 'wallarm-oob-0.1.0.tgz', 'wallarm-oob.k8s.yaml']);
    assert.include(await readdir(join(folder, 'chart/wallarm-oob')), 'Chart.yaml');
    assert.match(
      stdout,
      /helm install prod \S+ --namespace security .*--set config\.api\.token="\$\(openssl/,
    );
    assert.equal(stderr, '');
    const documents = parseAllDocuments(await readFile(join(folder, 'wallarm-oob.k8s.yaml'), 'utf8'));
    const kinds = documents.map(document => (document.toJS() as { kind: string }).kind);
    assert.includeMembers(kinds, ['DaemonSet', 'Deployment', 'Service', 'ConfigMap', 'ClusterRole']);
    assert.notInclude(kinds, 'Secret');
  });

  it('says how to install with a values file, and names what has no effect yet once', async () => {
    const file = await valuesFile(
      'config: {api: {token: 0123456789abcdef}, processing: {nodeGroup: east}}\nglobal: {imageRegistry: r.example.com}\n',
    );
    const { code, stdout, stderr } = await synth({ VALUES_FILE: file });
    assert.equal(code, 0, stderr);
    assert.include(stdout, `helm install wallarm-ebpf`);
    assert.include(stdout, ` -f ${file}\n`);
    assert.notInclude(stdout, 'config.api.token');
    assert.notInclude(stdout, 'create secret');
    assert.notInclude(stdout, 'imageRegistry');
    assert.equal(
      stderr,
      'config.processing.nodeGroup: set, but not yet in effect, because the services do not read it\n',
    );
  });

  it('has the Secret of the values made first, also for helm', async () => {
    const file = await valuesFile(
      'config: {api: {existingSecret: {enabled: true, secretName: s, secretKey: k}}}\n',
    );
    const { stdout } = await synth({ VALUES_FILE: file, NAMESPACE: 'security' });
    const secret = 'kubectl create secret generic s --namespace security --from-literal=k=';
    assert.equal(stdout.split(secret).length - 1, 2);
    assert.isBelow(stdout.indexOf(secret), stdout.indexOf('helm install'));
    assert.include(stdout, `-f ${file} --set global.imageRegistry=registry.example.com/oob\n`);
    assert.include(stdout, 'npm run images -- --registry');
  });

  it('writes nothing on bad values, removes what an earlier run wrote, and prints one line for each problem', async () => {
    const { folder } = await synth({});
    await writeFile(join(folder, 'other'), '');
    const file = await valuesFile('config: {api: {port: 0}}\nzzz: 1\n');
    const { code, stdout, stderr } = await synth({ VALUES_FILE: file }, folder);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    const lines = stderr.trimEnd().split('\n');
    assert.lengthOf(lines, 2, stderr);
    assert.match(lines[0] ?? '', /^config\.api\.port: 0: expected/);
    assert.match(lines[1] ?? '', /^zzz: 1: unknown key/);
    assert.deepEqual(await readdir(folder), ['other']);
  });

  it('fails with an empty values file, for want of a token', async () => {
    const { code, stderr } = await synth({ VALUES_FILE: await valuesFile('') });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^config\.api\.token: "": set the installation token, or set config\.api\.existingSecret[^\n]*\n$/,
    );
  });

  it('refuses unknown arguments', async () => {
    const result = await new Promise<string>(resolve => {
      execFile(
        process.execPath,
        ['--import=tsx', 'constructs/synth/main.ts', '--values', 'x'],
        { cwd: root },
        (error, _, stderr) => resolve(`${error?.code} ${stderr}`),
      );
    });
    assert.match(result, /^2 unknown arguments --values x/);
  });
});
