import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Agent } from './agent.ts';
import { Aggregation } from './aggregation.ts';
import { Cloud } from './cloud.ts';
import { Credentials } from './credentials.ts';
import { whenever } from './expression/guard.ts';
import { Installation, type Release } from './installation.ts';
import { Processing } from './processing.ts';
import { namespaceName, releaseName } from './release-name.ts';
import { resolveValues } from './values/resolve.ts';
import type { BoundValues, PartialValues } from './values/schema.ts';
import { version } from './version.ts';

/** Properties of {@link WallarmOob}. */
export interface WallarmOobProps {
  /**
   * The same keys as the chart's values.yaml.
   *
   * @default - the defaults of the chart; the token has none
   */
  readonly values?: PartialValues;

  /**
   * First part of every object's name.
   *
   * @default 'wallarm-ebpf'
   */
  readonly releaseName?: string;

  /**
   * @default - the namespace of the cdk8s chart, or 'default'
   */
  readonly namespace?: string;

  /**
   * Value of the label `app.kubernetes.io/managed-by`.
   *
   * @default 'cdk8s'
   */
  readonly managedBy?: string;
}

/**
 * A whole installation: agent, processing, aggregation and cloud.
 *
 * @throws InvalidValuesError naming each value that is missing, unknown, of the wrong type or out of range, and
 * RangeError for a release name or namespace that Kubernetes would refuse
 */
export class WallarmOob extends Construct {
  constructor(scope: Construct, id: string, props: WallarmOobProps = {}) {
    super(scope, id);
    const release: Release = {
      name: releaseName(props.releaseName ?? 'wallarm-ebpf'),
      namespace: namespaceName(props.namespace ?? Chart.of(this).namespace ?? 'default'),
      managedBy: props.managedBy ?? 'cdk8s',
      chartVersion: version,
      appVersion: version,
    };
    buildInstallation(this, resolveValues(props.values), release);
  }
}

/** The objects of an installation, from literals or from references into the chart's values. */
export function buildInstallation(scope: Construct, values: BoundValues, release: Release): void {
  const installation = new Installation(values, release);
  const credentials = new Credentials(scope, 'credentials', installation);
  new Agent(scope, 'agent', installation, credentials);
  new Processing(scope, 'processing', installation, credentials);
  new Aggregation(scope, 'aggregation', installation, credentials);
  whenever(scope, 'in-cluster', values.cloud.enabled, guarded => {
    new Cloud(guarded, 'cloud', installation, credentials);
  });
}
