// The parts beside objects of cdk8s-plus, and alone.
import { App, Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { assert } from 'chai';
import {
  Agent,
  Aggregation,
  Certificates,
  Credentials,
  literalInstallation,
  NetworkPolicies,
  Processing,
  ports,
  WallarmOob,
} from '../../constructs/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects as plain JSON
type KubernetesObject = any;

const values = { config: { api: { existingSecret: { enabled: true } } } };

const newChart = () => new Chart(Testing.app(), 'test', { namespace: 'oob' });
const synth = (chart: Chart): KubernetesObject[] => Testing.synth(chart);
const kinds = (objects: KubernetesObject[]) => objects.map(({ kind }) => kind);

const labelsOf = (component: string) => ({
  'app.kubernetes.io/name': 'wallarm-oob',
  'app.kubernetes.io/instance': 'prod',
  'app.kubernetes.io/component': component,
});

describe('the constructs beside cdk8s-plus', () => {
  function installed() {
    const chart = newChart();
    const oob = new WallarmOob(chart, 'oob', { releaseName: 'prod', values });
    return { chart, oob };
  }

  it('are peers of a network policy', () => {
    const { chart, oob } = installed();
    const policy = new kplus.NetworkPolicy(chart, 'policy', {
      selector: oob.cloud as kplus.IPodSelector,
      ingress: { default: kplus.NetworkPolicyTrafficDefault.DENY },
    });
    policy.addIngressRule(oob.aggregation, [kplus.NetworkPolicyPort.tcp(ports.uploadsContainer)]);
    policy.addEgressRule(oob.processing);
    const made = synth(chart).find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && /test-/.test(metadata.name),
    );
    assert.deepEqual(made.spec.podSelector, { matchLabels: labelsOf('cloud') });
    assert.equal(made.metadata.namespace, 'oob');
    const [rule] = made.spec.ingress;
    assert.deepEqual(rule.from[0].podSelector, { matchLabels: labelsOf('aggregation') });
    assert.deepEqual(rule.from[0].namespaceSelector, {
      matchLabels: { 'kubernetes.io/metadata.name': 'oob' },
    });
    assert.deepEqual(rule.ports, [{ port: 8443, protocol: 'TCP' }]);
    assert.deepEqual(made.spec.egress[0].to[0].podSelector, { matchLabels: labelsOf('processing') });
  });

  it('may be reached from and reach workloads of cdk8s-plus', () => {
    const { chart, oob } = installed();
    const dashboard = new kplus.Deployment(chart, 'dashboard', { containers: [{ image: 'dashboard' }] });
    dashboard.connections.allowTo(oob.cloud as kplus.INetworkPolicyPeer, {
      ports: [kplus.NetworkPolicyPort.tcp(ports.consoleContainer)],
    });
    const policies = synth(chart).filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && !metadata.labels?.['helm.sh/chart'],
    );
    assert.lengthOf(policies, 2, 'one on each side');
    assert.deepInclude(
      policies.map(({ spec }) => spec.podSelector.matchLabels?.['app.kubernetes.io/component']),
      'cloud',
    );
  });

  it('are selected by a Service of cdk8s-plus', () => {
    const { chart, oob } = installed();
    const service = new kplus.Service(chart, 'internal', { ports: [{ port: 8080 }] });
    service.select(oob.cloud as kplus.IPodSelector);
    const made = synth(chart).find(({ kind, metadata }) => kind === 'Service' && /test-/.test(metadata.name));
    assert.deepEqual(made.spec.selector, labelsOf('cloud'));
  });

  it('say their names, hosts and labels', () => {
    const { oob } = installed();
    assert.equal(oob.agent.resourceName, 'prod-wallarm-oob-agent');
    assert.equal(oob.processing.host, 'prod-wallarm-oob-processing.oob.svc');
    assert.deepEqual(oob.aggregation.podLabels, labelsOf('aggregation'));
    assert.isUndefined(
      new WallarmOob(newChart(), 'oob', {
        values: {
          ...values,
          config: { api: { ...values.config.api, host: 'x.test' } },
          cloud: { enabled: false },
        },
      }).cloud,
    );
  });
});

describe('a part alone', () => {
  it('brings what it needs', () => {
    const chart = newChart();
    const installation = literalInstallation(chart, {
      values: { config: { api: { token: 'a-token' } }, agent: { tolerations: [{ operator: 'Exists' }] } },
    });
    new Agent(chart, 'agent', installation);
    assert.sameMembers(kinds(synth(chart)), [
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'DaemonSet',
      'Secret',
    ]);
  });

  it('shares credentials and certificates with others', () => {
    const chart = newChart();
    const certificate = { enabled: true, certManager: { enabled: true } };
    const installation = literalInstallation(chart, {
      values: { config: { api: { token: 'a-token' }, connector: { certificate } } },
    });
    const shared = {
      credentials: new Credentials(chart, 'credentials', installation),
      certificates: new Certificates(chart, 'certificates', installation),
    };
    new Processing(chart, 'processing', installation, shared);
    new Aggregation(chart, 'aggregation', installation, shared);
    new NetworkPolicies(chart, 'policies', installation);
    const made = kinds(synth(chart));
    assert.lengthOf(
      made.filter(kind => kind === 'Secret'),
      1,
    );
    assert.lengthOf(
      made.filter(kind => kind === 'Certificate'),
      3,
    );
    assert.lengthOf(
      made.filter(kind => kind === 'NetworkPolicy'),
      4,
    );
  });

  it('takes the namespace of its cdk8s chart', () => {
    const chart = new Chart(new App({ outdir: '/nonexistent' }), 'plain');
    const aggregation = new Aggregation(chart, 'aggregation', literalInstallation(chart, { values }));
    assert.equal(aggregation.host, 'wallarm-ebpf-wallarm-oob-aggregation.default.svc');
  });
});
