import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments, visit } from 'yaml';
import { goJson } from '../../constructs/expression/go-json.ts';
import { toolPath } from '../tools/tools.ts';

export const helmVersions = ['helm4', 'helm3'] as const;
export type HelmVersion = (typeof helmVersions)[number];

/** What a run of helm gave. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function helm(version: HelmVersion, ...args: readonly string[]): Promise<HelmResult> {
  const path = await toolPath(version);
  return new Promise(resolve => {
    execFile(path, args, { maxBuffer: 1 << 26, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** What helm is told of the cluster. */
export interface Capabilities {
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
}

/** Kubernetes objects of `helm template`, or an Error with what helm said. */
export async function helmTemplate(
  version: HelmVersion,
  chart: string,
  values: unknown,
  release = 'wallarm-ebpf',
  namespace = 'wallarm-ebpf',
  { kubeVersion = '1.34.0', apiVersions = [] }: Capabilities = {},
): Promise<readonly unknown[]> {
  const file = join(await temporaryFolder(), 'values.yaml');
  // JSON is YAML; Go's form escapes U+2028, which YAML 1.1 takes for the end of a line.
  await writeFile(file, goJson(values));
  const args = [
    'template',
    release,
    chart,
    '--namespace',
    namespace,
    '--kube-version',
    kubeVersion,
    '-f',
    file,
  ];
  for (const version of apiVersions) args.push('--api-versions', version);
  const { code, stdout, stderr } = await helm(version, ...args);
  if (code !== 0) throw new Error(stderr);
  return parseDocuments(stdout);
}

/**
 * In YAML 1.2, as a reader that has no opinion on `yes`; Helm quotes what YAML 1.1 would take for something else. Numbers that no
 * float holds (`1E310`) are text, as for all readers in Go, which do not quote them.
 */
export function parseDocuments(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  for (const document of documents) {
    if (document.errors[0]) throw document.errors[0];
    visit(document, {
      Scalar(_, node) {
        if (Math.abs(Number(node.value)) === Infinity && /\d/.test(node.source ?? ''))
          node.value = node.source;
      },
    });
  }
  return documents.map(document => document.toJS()).filter(value => value !== null);
}

/** Objects in an order that does not depend on who wrote them. */
export function sorted(objects: readonly unknown[]): readonly unknown[] {
  const key = (value: unknown) => {
    const { kind, metadata } = value as { kind: string; metadata: { name: string } };
    // The object itself decides between two of one name, which a user can ask for.
    return `${kind}/${metadata.name} ${goJson(value)}`;
  };
  return [...objects].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'wallarm-oob-test-'));
}

/** Writes a chart into a new folder; returns its path. */
export async function writeChart(files: ReadonlyMap<string, string>): Promise<string> {
  const folder = join(await temporaryFolder(), 'wallarm-oob');
  for (const [path, content] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return folder;
}
