import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { moduleFolder } from '../../tools/go-module.ts';
import { versions } from '../../tools/versions.ts';
import { schemaFile } from './kubernetes.ts';
import { type Schema, strict } from './strict.ts';

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { openAPIV3Schema: Schema } }[];
  };
}

/**
 * Files of the CustomResourceDefinitions of every custom resource that the chart can make, as their projects publish
 * them. The module of the VictoriaMetrics operator is not to be had everywhere: for that one there is a definition of
 * our own, of the fields that the chart writes.
 */
export async function customResourceDefinitions(): Promise<readonly string[]> {
  const [certManager, prometheus, openshift] = await Promise.all([
    moduleFolder('github.com/cert-manager/cert-manager', `v${versions.certManager}`),
    moduleFolder('github.com/prometheus-operator/prometheus-operator', `v${versions.prometheusOperator}`),
    moduleFolder('github.com/openshift/api', versions.openshiftApi),
  ]);
  return [
    ...['issuers', 'certificates'].map(name => `${certManager}/deploy/crds/cert-manager.io_${name}.yaml`),
    ...['podmonitors', 'prometheusrules'].map(
      name => `${prometheus}/example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
    `${openshift}/security/v1/zz_generated.crd-manifests/0000_03_config-operator_01_securitycontextconstraints-Default.crd.yaml`,
    fileURLToPath(new URL('vmpodscrapes.yaml', import.meta.url)),
  ];
}

/** Writes their schemas, with the metadata of Kubernetes' own. */
export async function writeCustomResourceSchemas(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const path of await customResourceDefinitions()) {
    const { spec } = parse(await readFile(path, 'utf8')) as Definition;
    for (const { name: version, schema } of spec.versions) {
      const gvk = { group: spec.group, version, kind: spec.names.kind };
      await writeFile(join(folder, schemaFile(gvk)), JSON.stringify(strict(schema.openAPIV3Schema)));
    }
  }
}
