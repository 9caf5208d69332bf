import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { moduleFolder } from '../../tools/go-module.ts';
import { eachStrict, type Schema } from './strict.ts';

interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** File name of the schema of a kind; the same pattern is given to kubeconform. */
export const schemaFile = ({ group, version, kind }: Gvk): string =>
  `${kind.toLowerCase()}${group === '' ? '' : `-${group.split('.')[0]}`}-${version}.json`;

export const schemaLocation = '{{ .ResourceKind }}{{ .KindSuffix }}.json';

/** Of the published schema of a Kubernetes release, without `v`. Every kind gets a file with all that it refers to. */
export async function writeKubernetesSchemas(version: string, folder: string): Promise<void> {
  const module = await moduleFolder('k8s.io/kubernetes', `v${version}`);
  const published = JSON.parse(
    await readFile(join(module, 'api', 'openapi-spec', 'swagger.json'), 'utf8'),
  ) as { definitions: Record<string, Schema> };
  const definitions = eachStrict(published.definitions) as Record<string, Schema>;
  await mkdir(folder, { recursive: true });
  for (const [name, original] of Object.entries(published.definitions)) {
    const [gvk, ...others] = (original['x-kubernetes-group-version-kind'] ?? []) as Gvk[];
    // Types such as DeleteOptions exist in every group.
    if (!gvk || others.length > 0 || !isObjectSchema(original)) continue;
    await writeFile(
      join(folder, schemaFile(gvk)),
      JSON.stringify({ ...definitions[name], definitions: referredTo(name, definitions) }),
    );
  }
}

/** Objects name their kind; the published schema does not say what it is, and lists are no objects to apply. */
function isObjectSchema({ properties }: Schema): boolean {
  return typeof properties === 'object' && properties !== null && 'kind' in properties;
}

/** The definitions that one refers to, with those that they refer to. */
export function referredTo(name: string, definitions: Record<string, Schema>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, reference = ''] of JSON.stringify(definitions[next]).matchAll(
      /"\$ref":"#\/definitions\/([^"]+)"/g,
    )) {
      const definition = definitions[reference];
      if (reference in found || !definition) continue;
      found[reference] = definition;
      waiting.push(reference);
    }
  }
  return found;
}
