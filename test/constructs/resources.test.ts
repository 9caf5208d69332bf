import { Chart, Testing } from 'cdk8s';
import { assert } from 'chai';
import {
  InvalidValuesError,
  type PartialValues,
  WallarmOob,
  type WallarmOobProps,
} from '../../constructs/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects as plain JSON
type KubernetesObject = any;

function synth(values: object = {}, props: WallarmOobProps = {}): KubernetesObject[] {
  const chart = new Chart(Testing.app(), 'test');
  const { config = {}, ...others } = values as { config?: { api?: object } };
  const api = { token: 'an-installation-token', ...config.api };
  new WallarmOob(chart, 'oob', {
    ...props,
    values: { ...others, config: { ...config, api } } as PartialValues,
  });
  return chart.toJson();
}

const kinds = (objects: KubernetesObject[], kind: string) => objects.filter(object => object.kind === kind);
const named = (objects: KubernetesObject[], kind: string, suffix: string) =>
  kinds(objects, kind).find(({ metadata }) => metadata.name.endsWith(suffix)) ??
  assert.fail(`no ${kind} …${suffix}`);

describe('optional resources', () => {
  it('make no budget, autoscaler or mesh for one replica', () => {
    const objects = synth();
    for (const kind of ['PodDisruptionBudget', 'HorizontalPodAutoscaler', 'Namespace', 'PodMonitor'])
      assert.isEmpty(kinds(objects, kind), kind);
    assert.notInclude(JSON.stringify(objects), 'processing-discovery');
  });

  it('give several replicas a budget and a headless Service', () => {
    const objects = synth({ processing: { replicaCount: 3 } });
    assert.equal(named(objects, 'Service', '-processing-discovery').spec.clusterIP, 'None');
    assert.deepInclude(named(objects, 'PodDisruptionBudget', '-processing').spec, {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
    assert.equal(named(objects, 'Deployment', '-processing').spec.replicas, 3);
  });

  it('leave the number of replicas to the autoscaler', () => {
    const objects = synth({ processing: { autoscaling: { enabled: true } } });
    assert.notProperty(named(objects, 'Deployment', '-processing').spec, 'replicas');
    assert.equal(named(objects, 'HorizontalPodAutoscaler', '-processing').spec.maxReplicas, 5);
  });

  it('know what older clusters lack', () => {
    const objects = synth(
      { processing: { replicaCount: 2 }, agent: { privileged: false } },
      { kubeVersion: '1.24.0' },
    );
    assert.notProperty(
      named(objects, 'PodDisruptionBudget', '-processing').spec,
      'unhealthyPodEvictionPolicy',
    );
    const { template } = named(objects, 'DaemonSet', '-agent').spec;
    assert.notProperty(template.spec.containers[0].securityContext, 'appArmorProfile');
    assert.property(template.metadata.annotations, 'container.apparmor.security.beta.kubernetes.io/agent');
  });

  it('scrape with the operator that the cluster has', () => {
    const of = (apiVersions: string[], values = {}) =>
      synth(values, { apiVersions })
        .filter(({ kind }) => /PodMonitor|VMPodScrape/.test(kind))
        .map(({ kind }) => kind);
    assert.deepEqual(new Set(of(['monitoring.coreos.com/v1'])), new Set(['PodMonitor']));
    assert.deepEqual(new Set(of(['operator.victoriametrics.com/v1beta1'])), new Set(['VMPodScrape']));
    assert.lengthOf(of(['monitoring.coreos.com/v1']), 4);
    assert.isEmpty(of(['monitoring.coreos.com/v1'], { monitoring: { scrapeObjects: 'never' } }));
    assert.lengthOf(of([], { monitoring: { scrapeObjects: 'always' } }), 4);
  });

  it('confine an agent without privileges, on OpenShift too', () => {
    const objects = synth({ agent: { privileged: false }, openshift: { scc: { create: true } } });
    const { securityContext } = named(objects, 'DaemonSet', '-agent').spec.template.spec.containers[0];
    assert.isFalse(securityContext.privileged);
    assert.deepEqual(securityContext.capabilities.drop, ['ALL']);
    const [scc] = kinds(objects, 'SecurityContextConstraints');
    assert.isFalse(scc.allowPrivilegedContainer);
    assert.deepEqual(scc.allowedCapabilities, securityContext.capabilities.add);
    assert.isTrue(
      kinds(objects, 'ClusterRole')[0].rules.some((rule: { verbs: string[] }) => rule.verbs.includes('use')),
    );
  });

  it('issue certificates by an issuer of their own, or by a given one', () => {
    const certificate = { enabled: true, certManager: { enabled: true } };
    const own = synth({ config: { mutualTLS: true, connector: { certificate } } });
    assert.lengthOf(kinds(own, 'Issuer'), 2);
    assert.lengthOf(kinds(own, 'Certificate'), 4);
    const given = { ...certificate.certManager, issuerRef: { name: 'corp', kind: 'ClusterIssuer' } };
    const objects = synth({ config: { connector: { certificate: { ...certificate, certManager: given } } } });
    assert.isEmpty(kinds(objects, 'Issuer'));
    assert.equal(kinds(objects, 'Certificate')[0].spec.issuerRef.name, 'corp');
  });

  it('restart the pods when the token changes, without giving it away', () => {
    const checksum = (token: string) =>
      named(synth({ config: { api: { token } } }), 'DaemonSet', '-agent').spec.template.metadata.annotations[
        'checksum/credentials'
      ];
    assert.match(checksum('one'), /^[0-9a-f]{4}$/);
    assert.notEqual(checksum('one'), checksum('two'));
  });

  it('take the work of the original containers together', () => {
    const env = [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }];
    const objects = synth({ processing: { containers: { wcli: { extraEnvs: env } } } });
    assert.deepInclude(
      named(objects, 'Deployment', '-processing').spec.template.spec.containers[0].env,
      env[0],
    );
  });

  it('replace the default probe by one of another kind', () => {
    const livenessProbe = { tcpSocket: { port: 'wstore' } };
    const objects = synth({ aggregation: { containers: { wstore: { livenessProbe } } } });
    const [container] = named(objects, 'Deployment', '-aggregation').spec.template.spec.containers;
    assert.notProperty(container.livenessProbe, 'httpGet');
    assert.deepEqual(container.livenessProbe.tcpSocket, { port: 'wstore' });
  });

  it('take the vendor\u2019s hosts and image for ours', () => {
    const objects = synth({
      config: {
        api: { host: 'us1.api.wallarm.com' },
        images: { agent: { registry: 'docker.io', name: 'wallarm/ebpf-agent', tag: '0.11.0-rc0' } },
      },
    });
    assert.include(
      named(objects, 'ConfigMap', '-aggregation').data['config.yaml'],
      '-cloud.default.svc"\n  port: 443',
    );
    assert.equal(
      named(objects, 'DaemonSet', '-agent').spec.template.spec.containers[0].image,
      'localhost/cdk8s-wallarm-oob/agent:0.1.0',
    );
  });

  it('write the Namespace when asked, and extra objects as they are', () => {
    const extra = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', labels: {} }, data: {} };
    const objects = synth({ namespace: { create: true }, extraObjects: [extra] });
    assert.equal(
      kinds(objects, 'Namespace')[0].metadata.labels['pod-security.kubernetes.io/enforce'],
      'privileged',
    );
    assert.deepEqual(objects.at(-1), extra);
  });
});

describe('contradictions', () => {
  const certificate = (more: object) => ({
    config: { connector: { certificate: { enabled: true, ...more } } },
  });
  const cases: readonly (readonly [line: RegExp, values: object])[] = [
    [/^config\.connector\.certificate\.enabled: true without a source/, certificate({})],
    [
      /^config\.connector\.certificate: contradictory sources/,
      certificate({ certManager: { enabled: true }, existingSecret: { enabled: true, name: 'x' } }),
    ],
    [
      /^config\.connector\.certificate\.existingSecret\.name: empty/,
      certificate({ existingSecret: { enabled: true } }),
    ],
    [
      /^config\.connector\.certificate\.customSecret: incomplete/,
      certificate({ customSecret: { enabled: true } }),
    ],
    [
      /^aggregation\.persistence\.enabled: true with several/,
      { aggregation: { replicaCount: 2, persistence: { enabled: true } } },
    ],
    [/^cloud\.service\.port: 443/, { cloud: { service: { port: 443 } } }],
    [
      /^config\.agent\.mirror\.filters\[0\]: \{\}: expected at least one of namespace/,
      { config: { agent: { mirror: { filters: [{}] } } } },
    ],
    [
      /^config\.agent\.loadBalancerTrustedCIDRs\[0\]: "10\.0\.0\.0\/33": expected an address range/,
      { config: { agent: { loadBalancerTrustedCIDRs: ['10.0.0.0/33'] } } },
    ],
    [
      /^config\.aggregation\.tarantoolMemory: .*use config\.aggregation\.wstoreMemory/,
      { config: { aggregation: { tarantoolMemory: 2 } } },
    ],
  ];
  for (const [line, values] of cases)
    it(`refuses ${JSON.stringify(values)} in one line`, () => {
      assert.throws(() => synth(values), InvalidValuesError, line);
      try {
        synth(values);
      } catch (error) {
        assert.notInclude((error as Error).message, '\n');
      }
    });
});
