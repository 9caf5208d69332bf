import type { Val } from './expression/expr.ts';
import { helper } from './expression/helper.ts';
import { orElse } from './expression/or-else.ts';
import { entries, type FixedMap, keysOf, withUserEntries } from './expression/spread.ts';
import { text } from './expression/text.ts';
import { truncate } from './expression/truncate.ts';
import type { BoundValues } from './values/schema.ts';
import { chartName } from './version.ts';

/** What Helm calls the release and the chart. */
export interface Release {
  readonly name: Val<string>;
  readonly namespace: Val<string>;
  /** Value of the label `app.kubernetes.io/managed-by`. */
  readonly managedBy: Val<string>;
  readonly chartVersion: Val<string>;
  readonly appVersion: Val<string>;
}

/** The parts of the product; also the value of the label `app.kubernetes.io/component`. */
export type Component = 'agent' | 'processing' | 'aggregation' | 'cloud';

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
    this.fullname = helper('fullname', truncate(text`${release.name}-${this.#name}`, maxNameLength));
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
  nameOf(component: Component | 'credentials'): Val<string> {
    const base = truncate(this.fullname, maxNameLength - component.length - 1);
    return helper(`${component}.name`, text`${base}-${component}`);
  }

  /** DNS name of the Service of a part. */
  hostOf(component: Component): Val<string> {
    return text`${this.nameOf(component)}.${this.release.namespace}.svc`;
  }

  /** Labels of an object. */
  labels(component: Component | undefined, appVersion: Val<string> = this.release.appVersion): FixedMap {
    return {
      ...entries(this.#labels),
      'app.kubernetes.io/version': appVersion,
      ...(component ? { 'app.kubernetes.io/component': component } : {}),
    };
  }

  /** What the selector of a workload or Service names: two releases may share a namespace. */
  selectorLabels(component: Component): FixedMap {
    return { ...entries(this.#selectorLabels), 'app.kubernetes.io/component': component };
  }

  /** Labels of the pods of a workload: the user's, and those of its selector, which win. */
  podLabels(component: Component, user: Parameters<typeof withUserEntries>[1]): FixedMap {
    const keys = [...keysOf(this.#selectorLabels), 'app.kubernetes.io/component'];
    return withUserEntries(this.selectorLabels(component), user, keys);
  }
}
