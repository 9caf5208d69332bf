import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { helmChartFiles } from '../helm/chart-files.ts';
import { chartName, version } from '../version.ts';
import { WallarmOob, type WallarmOobProps } from '../wallarm-oob.ts';
import { readSettings } from './settings.ts';
import { readValuesFile } from './values-file.ts';

/** What a synthesis writes, below the output directory. */
export const outputs = {
  manifest: `${chartName}.k8s.yaml`,
  chart: `chart/${chartName}`,
  archive: `${chartName}-${version}.tgz`,
} as const;

/** The plain objects of an installation, as a stock cdk8s app; the label `managed-by` is Helm's, as in the chart. */
export function plainApp(
  outdir: string,
  values: object,
  releaseName: string,
  namespace: string,
  capabilities: Pick<WallarmOobProps, 'kubeVersion' | 'apiVersions'> = {},
): App {
  const app = new App({ outdir });
  const chart = new Chart(app, chartName);
  new WallarmOob(chart, 'installation', {
    values,
    releaseName,
    namespace,
    managedBy: 'Helm',
    ...capabilities,
  });
  return app;
}

/**
 * Writes the plain YAML, the chart and its archive. Everything that can fail on bad input comes before the first
 * write.
 *
 * @throws RangeError, ValuesFileError or InvalidValuesError; the message has one line for each problem
 */
export async function synthesize(env: NodeJS.ProcessEnv, outdir: string): Promise<void> {
  const settings = readSettings(env);
  const values = (await readValuesFile(settings.valuesFile)) as object;
  const app = plainApp(outdir, values, settings.releaseName, settings.namespace, settings);
  app.synthYaml();
  const files = helmChartFiles();
  const { chartArchive } = await import('./archive.ts');
  const archive = await chartArchive(chartName, files);

  await mkdir(outdir, { recursive: true });
  app.synth();
  for (const [path, content] of files) {
    const target = join(outdir, outputs.chart, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  await writeFile(join(outdir, outputs.archive), archive);
}
