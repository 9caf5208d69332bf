import type { Val } from './expression/expr.ts';
import { helper } from './expression/helper.ts';
import { layered } from './expression/layers.ts';
import { optionalMap } from './expression/optional-map.ts';
import { orElse } from './expression/or-else.ts';
import { entries, type FixedMap, keysOf } from './expression/spread.ts';
import { text } from './expression/text.ts';
import { truncate } from './expression/truncate.ts';
import { imageTag } from './images.ts';
import type { BoundValues } from './values/schema.ts';
import { chartName } from './version.ts';

/** What Helm calls the release, the chart and the capabilities. */
export interface Release {
  readonly name: Val<string>;
  readonly namespace: Val<string>;
  /** Value of the label `app.kubernetes.io/managed-by`. */
  readonly managedBy: Val<string>;
  readonly chartVersion: Val<string>;
  readonly appVersion: Val<string>;
  /** Whether the cluster has an API, as `group/version` or `group/version/Kind`. */
  hasApi(api: string): Val<boolean>;
  /** Whether the cluster's Kubernetes is 1.`minor` or later. */
  kubeAtLeast(minor: number): Val<boolean>;
  /** Whether the objects may hold the Namespace: a chart must not own the namespace that it is installed into. */
  readonly ownsNamespace: boolean;
}

/** The parts of the product; also the value of the label `app.kubernetes.io/component`. */
export type Component = 'agent' | 'processing' | 'aggregation' | 'cloud';

type UserMap = Val<Readonly<Record<string, string>>> | undefined;

/** Properties of {@link Installation.metadata}. */
export interface MetadataOptions {
  /** @default - the name of the part */
  readonly name?: Val<string>;
  readonly component: Component | undefined;
  /** Annotations of the user for this object alone, with the name of their section. */
  readonly annotations?: readonly [section: string, annotations: UserMap];
  /** Labels of the user for this object, with the name of their section. */
  readonly labels?: readonly [section: string, labels: UserMap];
  readonly isClusterScoped?: boolean;
}

const maxNameLength = 63;

/** One installation: its values, and the names and labels that its objects share. */
export class Installation {
  readonly values: BoundValues;
  readonly release: Release;
  /** `<release>-wallarm-oob`, at most 63 characters. */
  readonly fullname: Val<string>;
  readonly #name: Val<string>;
  readonly #selectorLabels: FixedMap;
  readonly #labels: FixedMap;

  constructor(values: BoundValues, release: Release) {
    this.values = values;
    this.release = release;
    this.#name = helper('name', orElse(values.nameOverride, chartName));
    this.fullname = helper(
      'fullname',
      truncate(orElse(values.fullnameOverride, text`${release.name}-${this.#name}`), maxNameLength),
    );
    this.#selectorLabels = helper('selectorLabels', {
      'app.kubernetes.io/name': this.#name,
      'app.kubernetes.io/instance': release.name,
    });
    this.#labels = helper('labels', {
      'helm.sh/chart': chartName,
      'helm.sh/version': release.chartVersion,
      'app.kubernetes.io/managed-by': release.managedBy,
      ...entries(this.#selectorLabels),
    });
  }

  /**
   * Name of the objects of one part: `<fullname>-agent`. The full name is cut where the whole would pass the 63
   * characters of a DNS label, which the name of a Service must be.
   */
  nameOf(suffix: string): Val<string> {
    const base = truncate(this.fullname, maxNameLength - suffix.length - 1);
    return helper(`${suffix}.name`, text`${base}-${suffix}`);
  }

  /** DNS name of the Service of a part. */
  hostOf(component: Component): Val<string> {
    return text`${this.nameOf(component)}.${this.release.namespace}.svc`;
  }

  /** Name, namespace, labels and annotations of an object. */
  metadata({ component, name, annotations, labels, isClusterScoped = false }: MetadataOptions) {
    return {
      name: name ?? this.nameOf(component ?? ''),
      ...(isClusterScoped ? {} : { namespace: this.release.namespace }),
      labels: this.labels(component, labels),
      annotations: this.#annotations(component, annotations),
    };
  }

  /** Labels of an object: fixed ones, which win, those of the part, and those of all objects. */
  labels(component: Component | undefined, own?: MetadataOptions['labels']): FixedMap {
    const fixed = {
      ...entries(this.#labels),
      'app.kubernetes.io/version': this.#versionOf(component),
      ...(component ? { 'app.kubernetes.io/component': component } : {}),
    };
    const keys = [
      ...keysOf(this.#labels),
      ...keysOf(this.#selectorLabels),
      'app.kubernetes.io/version',
      'app.kubernetes.io/component',
    ].filter(key => key.includes('/'));
    const { extraLabels } = this.values;
    const layers = component ? [extraLabels, this.values[component].extraLabels] : [extraLabels];
    const name = `${component ?? 'common'}.${own ? `${own[0]}Labels` : 'labels'}`;
    return entries(helper(name, layered(fixed, keys, ...layers, ...(own ? [own[1]] : []))));
  }

  #annotations(component: Component | undefined, own: MetadataOptions['annotations']) {
    const { extraAnnotations } = this.values;
    const layers = component
      ? [extraAnnotations, this.values[component].extraAnnotations]
      : [extraAnnotations];
    const name = `${component ?? 'common'}.${own ? `${own[0]}Annotations` : 'annotations'}`;
    return optionalMap(name, ...layers, ...(own ? [own[1]] : []));
  }

  /** The chart's version of the product; of the agent, the tag of its image. */
  #versionOf(component: Component | undefined): Val<string> {
    if (component !== 'agent') return this.release.appVersion;
    return truncate(imageTag(this, 'agent'), maxNameLength);
  }

  /** What the selector of a workload or Service names: two releases may share a namespace. */
  selectorLabels(component: Component | 'test'): FixedMap {
    return { ...entries(this.#selectorLabels), 'app.kubernetes.io/component': component };
  }

  /** Labels of the pods of a workload: the user's, and those of its selector, which win. */
  podLabels(component: Component, user: UserMap): FixedMap {
    const keys = [...keysOf(this.#selectorLabels), 'app.kubernetes.io/component'];
    return layered(this.selectorLabels(component), keys, user);
  }
}
