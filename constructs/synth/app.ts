import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { type ChartFiles, helmChartFiles } from '../helm/chart-files.ts';
import { InvalidValuesError } from '../values/errors.ts';
import { resolveValues } from '../values/resolve.ts';
import type { Values } from '../values/schema.ts';
import { chartName, version } from '../version.ts';
import { WallarmOob, type WallarmOobProps } from '../wallarm-oob.ts';
import { manifestYaml } from './manifest.ts';
import { readSettings, type Settings } from './settings.ts';
import { readValuesFile, ValuesFileError } from './values-file.ts';

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

/** What a synthesis writes, and from what. */
export interface Rendered {
  readonly settings: Settings;
  /** With the defaults. */
  readonly values: Values;
  /** The plain YAML. */
  readonly manifest: string;
  readonly chart: ChartFiles;
}

/**
 * What a synthesis writes. Everything that can fail on bad input is here,
 * before the first write.
 *
 * @throws RangeError, ValuesFileError or InvalidValuesError; the message has one line for each problem
 */
export async function render(env: NodeJS.ProcessEnv): Promise<Rendered> {
  const settings = readSettings(env);
  const values = (await readValuesFile(settings.valuesFile)) as object;
  const app = plainApp('dist', values, settings.releaseName, settings.namespace, settings);
  // Not app.synth(): its writer leaves strings plain that some readers take for numbers.
  const manifest = manifestYaml(app.charts.flatMap(chart => chart.toJson()));
  return { settings, values: resolveValues(values), manifest, chart: helmChartFiles() };
}

/** Whether an error is one of the input, whose message is for the user. */
export function isInputError(error: unknown): error is Error {
  return (
    error instanceof InvalidValuesError || error instanceof ValuesFileError || error instanceof RangeError
  );
}

/** Writes the plain YAML, the chart and its archive. Fails as {@link render} does. */
export async function synthesize(env: NodeJS.ProcessEnv, outdir: string): Promise<void> {
  const { manifest, chart } = await render(env);
  const { chartArchive } = await import('./archive.ts');
  const archive = await chartArchive(chartName, chart);

  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, outputs.manifest), manifest);
  for (const [path, content] of chart) {
    const target = join(outdir, outputs.chart, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  await writeFile(join(outdir, outputs.archive), archive);
}
