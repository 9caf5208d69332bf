import { ApiObject, App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Builtin } from '../expression/builtin.ts';
import { decode, isExpr, sentinelOrder } from '../expression/expr.ts';
import { Guard } from '../expression/guard.ts';
import { HasApi } from '../expression/has-api.ts';
import { KubeAtLeast } from '../expression/kube-at-least.ts';
import { Installation, type Release } from '../installation.ts';
import { endOfManifest, RawTemplate } from '../raw-template.ts';
import { valueReferences } from '../values/bind.ts';
import { helmJsonSchema } from '../values/values-schema-json.ts';
import { valuesYaml } from '../values/values-yaml.ts';
import { buildInstallation } from '../wallarm-oob.ts';
import { chartYaml } from './chart-yaml.ts';
import { helmIgnore } from './helm-ignore.ts';
import { Helpers } from './helpers.ts';
import { notes } from './notes.ts';
import { chartReadme } from './readme.ts';
import { mapTemplate } from './template.ts';

/** Files of a chart: path inside the chart, with `/`, to content. */
export type ChartFiles = ReadonlyMap<string, string>;

/** The Helm chart, in the order of its paths. Pure: nothing is written. */
export function helmChartFiles(): ChartFiles {
  const helpers = new Helpers();
  const templates = documents().map(
    document => [templatePath(document), guarded(document, printed(document, helpers), helpers)] as const,
  );
  const paths = new Set(templates.map(([path]) => path));
  if (paths.size !== templates.length) throw new Error('two objects have the same construct path');
  return new Map(
    [
      ['.helmignore', helmIgnore] as const,
      ['Chart.yaml', chartYaml()] as const,
      ['README.md', chartReadme()] as const,
      ...templates,
      ['templates/NOTES.txt', notes()] as const,
      ['templates/_helpers.tpl', helpers.print()] as const,
      ['values.schema.json', `${JSON.stringify(helmJsonSchema(), undefined, 2)}\n`] as const,
      ['values.yaml', valuesYaml()] as const,
    ].sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

/** What becomes a file below templates/. */
type Document = ApiObject | RawTemplate;

function documents(): readonly Document[] {
  const chart = new Chart(new App(), 'chart');
  const release: Release = {
    name: new Builtin('Release.Name'),
    namespace: new Builtin('Release.Namespace'),
    managedBy: new Builtin('Release.Service'),
    chartVersion: new Builtin('Chart.Version'),
    appVersion: new Builtin('Chart.AppVersion'),
    hasApi: api => new HasApi(api),
    kubeAtLeast: minor => new KubeAtLeast(minor),
    ownsNamespace: false,
  };
  buildInstallation(chart, new Installation(valueReferences(), release));
  return chart.node
    .findAll()
    .filter(construct => ApiObject.isApiObject(construct) || construct instanceof RawTemplate) as Document[];
}

/** `agent/daemonset.yaml`: the ids on the construct's path, without the chart and the guards. */
function templatePath(object: Document): string {
  const ids = ancestors(object)
    .filter(
      construct => !(construct instanceof App || construct instanceof Chart || construct instanceof Guard),
    )
    .map(construct => construct.node.id);
  return `templates/${ids.join('/')}.yaml`;
}

function ancestors(object: Document): readonly Construct[] {
  return object.node.scopes as Construct[];
}

function printed(document: Document, helpers: Helpers): string {
  if (document instanceof RawTemplate) return document.print(helpers.use);
  const text = mapTemplate(unsorted(document), helpers.use);
  return endsInValue.test(text) ? `${text}${endOfManifest}` : text;
}

/** The last line is a value's own YAML, whatever it is. */
const endsInValue = /toYaml [^\n]*\n(\s*\{\{- end \}\}\n)*$/;

/** The text under the conditions of the guards around it. */
function guarded(document: Document, body: string, helpers: Helpers): string {
  return ancestors(document)
    .filter(construct => construct instanceof Guard)
    .reduceRight(
      (text, guard) => `{{- if ${guard.condition.pipeline(helpers.use)} }}\n${text}{{- end }}\n`,
      body,
    );
}

/** The object with its keys in the order in which we wrote them, as people read manifests. cdk8s has only this switch. */
function unsorted(object: ApiObject): object {
  const before = process.env.CDK8S_DISABLE_SORT;
  process.env.CDK8S_DISABLE_SORT = '1';
  try {
    return inReadingOrder(object.toJson());
  } finally {
    if (before === undefined) delete process.env.CDK8S_DISABLE_SORT;
    else process.env.CDK8S_DISABLE_SORT = before;
  }
}

/** Metadata in the usual order; cdk8s sorts its keys and those of the labels in any case. */
function inReadingOrder({ metadata, ...rest }: { metadata: Record<string, unknown> }): object {
  const { name, namespace, labels, ...others } = metadata;
  const { apiVersion, kind, ...body } = rest as Record<string, unknown>;
  const first = { name, ...(namespace === undefined ? {} : { namespace }) };
  return {
    apiVersion,
    kind,
    metadata: { ...first, labels: includesFirst(labels as object), ...others },
    ...body,
  };
}

function includesFirst(labels: object): object {
  const [includes, fixed] = [true, false].map(isInclude =>
    Object.entries(labels).filter(([key]) => isExpr(decode(key)) === isInclude),
  );
  const inOrder = (includes ?? []).sort(([left], [right]) => sentinelOrder(left) - sentinelOrder(right));
  return Object.fromEntries([...inOrder, ...(fixed ?? [])]);
}
