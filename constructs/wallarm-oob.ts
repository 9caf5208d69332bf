import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Agent } from './agent.ts';
import { Aggregation } from './aggregation.ts';
import { Certificates } from './certificates.ts';
import { Cloud } from './cloud.ts';
import { Credentials } from './credentials.ts';
import { whenever } from './expression/guard.ts';
import { ExtraObjects } from './extra-objects.ts';
import { HelmTest } from './helm-test.ts';
import { Installation, type Release } from './installation.ts';
import { kubeVersionCheck } from './kube-version.ts';
import { Monitoring } from './monitoring.ts';
import { InstallationNamespace } from './namespace.ts';
import { NetworkPolicies } from './network-policies.ts';
import { SecurityContextConstraints } from './openshift.ts';
import { Processing } from './processing.ts';
import { refuseContradictions } from './refusals.ts';
import { namespaceName, releaseName } from './release-name.ts';
import { ScrapeObject } from './scrape.ts';
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

  /**
   * Kubernetes version of the cluster, such as `1.30.2`.
   *
   * @default - the newest one
   */
  readonly kubeVersion?: string;

  /**
   * APIs that the cluster has beside those of Kubernetes, as `group/version` or `group/version/Kind`: those of the
   * Prometheus operator make scrape objects.
   *
   * @default - none
   */
  readonly apiVersions?: readonly string[];
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
      hasApi: api => (props.apiVersions ?? []).includes(api),
      kubeAtLeast: kubeVersionCheck(props.kubeVersion),
      ownsNamespace: true,
    };
    buildInstallation(this, resolveValues(props.values), release);
  }
}

/** The objects of an installation, from literals or from references into the chart's values. */
export function buildInstallation(scope: Construct, values: BoundValues, release: Release): void {
  const installation = new Installation(values, release);
  refuseContradictions(scope, installation);
  whenever(scope, 'own', release.ownsNamespace && values.namespace.create, guarded => {
    new InstallationNamespace(guarded, 'namespace', installation);
  });
  const credentials = new Credentials(scope, 'credentials', installation);
  const certificates = new Certificates(scope, 'certificates', installation);
  new Agent(scope, 'agent', installation, credentials, certificates);
  new Processing(scope, 'processing', installation, credentials, certificates);
  new Aggregation(scope, 'aggregation', installation, credentials, certificates);
  whenever(scope, 'in-cluster', values.cloud.enabled, guarded => {
    new Cloud(guarded, 'cloud', installation, credentials);
  });
  whenever(scope, 'isolated', values.networkPolicy.enabled, guarded => {
    new NetworkPolicies(guarded, 'network-policies', installation);
  });
  const monitoring = new Monitoring(scope, 'monitoring', installation);
  for (const component of ['agent', 'processing', 'aggregation'] as const)
    new ScrapeObject(monitoring, component, installation, component);
  whenever(monitoring, 'in-cluster', values.cloud.enabled, guarded => {
    new ScrapeObject(guarded, 'cloud', installation, 'cloud');
  });
  whenever(scope, 'openshift-scc', values.openshift.scc.create, guarded => {
    new SecurityContextConstraints(guarded, 'openshift', installation);
  });
  whenever(scope, 'tested', values.tests.enabled, guarded => {
    new HelmTest(guarded, 'tests', installation);
  });
  new ExtraObjects(scope, 'extra-objects', installation);
}
