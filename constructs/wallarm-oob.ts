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
import type { PartialValues } from './values/schema.ts';
import { warningsOn } from './values/warnings.ts';
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
 * An installation whose values are known: what the parts take when they are used alone.
 *
 * @throws InvalidValuesError naming each value that is missing, unknown, of the wrong type or out of range, and
 * RangeError for a release name or namespace that Kubernetes would refuse. A token that is too
 * short, and values that have no effect, or none yet, are named on standard error, one line each.
 */
export function literalInstallation(scope: Construct, props: WallarmOobProps = {}): Installation {
  const release: Release = {
    name: releaseName(props.releaseName ?? 'wallarm-ebpf'),
    namespace: namespaceName(props.namespace ?? Chart.of(scope).namespace ?? 'default'),
    managedBy: props.managedBy ?? 'cdk8s',
    chartVersion: version,
    appVersion: version,
    hasApi: api => (props.apiVersions ?? []).includes(api),
    kubeAtLeast: kubeVersionCheck(props.kubeVersion),
    ownsNamespace: true,
  };
  const values = resolveValues(props.values);
  for (const warning of warningsOn(values)) warnOnce(warning);
  return new Installation(values, release);
}

const warned = new Set<string>();

/** Apps make a construct more than once, for one cluster each. */
function warnOnce(line: string): void {
  if (!warned.has(line)) console.warn(line);
  warned.add(line);
}

/** A whole installation: agent, processing, aggregation and cloud. Throws as {@link literalInstallation} does. */
export class WallarmOob extends Construct {
  readonly agent: Agent;
  readonly processing: Processing;
  readonly aggregation: Aggregation;
  /** Undefined without `cloud.enabled`. */
  readonly cloud: Cloud | undefined;

  constructor(scope: Construct, id: string, props: WallarmOobProps = {}) {
    super(scope, id);
    const parts = buildInstallation(this, literalInstallation(this, props));
    this.agent = parts.agent;
    this.processing = parts.processing;
    this.aggregation = parts.aggregation;
    this.cloud = parts.cloud;
  }
}

interface Parts {
  readonly agent: Agent;
  readonly processing: Processing;
  readonly aggregation: Aggregation;
  readonly cloud: Cloud | undefined;
}

/** The objects of an installation, from literals or from references into the chart's values. */
export function buildInstallation(scope: Construct, installation: Installation): Parts {
  const { values, release } = installation;
  refuseContradictions(scope, installation);
  whenever(scope, 'own', release.ownsNamespace && values.namespace.create, guarded => {
    new InstallationNamespace(guarded, 'namespace', installation);
  });
  const credentials = new Credentials(scope, 'credentials', installation);
  const certificates = new Certificates(scope, 'certificates', installation);
  const shared = { credentials, certificates };
  const agent = new Agent(scope, 'agent', installation, shared);
  const processing = new Processing(scope, 'processing', installation, shared);
  const aggregation = new Aggregation(scope, 'aggregation', installation, shared);
  let cloud: Cloud | undefined;
  whenever(scope, 'in-cluster', values.cloud.enabled, guarded => {
    cloud = new Cloud(guarded, 'cloud', installation, shared);
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
  return { agent, processing, aggregation, cloud };
}
