import { App, Chart, Testing } from 'cdk8s';
import { assert } from 'chai';
import {
  InvalidValuesError,
  type PartialValues,
  WallarmOob,
  type WallarmOobProps,
} from '../../constructs/index.ts';

const token = 'an-installation-token';

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects as plain JSON
type KubernetesObject = any;

function synth(
  props: WallarmOobProps,
  chartProps: ConstructorParameters<typeof Chart>[2] = {},
): KubernetesObject[] {
  const chart = new Chart(Testing.app(), 'test', chartProps);
  new WallarmOob(chart, 'oob', props);
  return Testing.synth(chart);
}

const withValues = (values: PartialValues) => synth({ values });
const withToken = (values: PartialValues = {}) =>
  withValues({ ...values, config: { ...values.config, api: { token, ...values.config?.api } } });

function find(objects: KubernetesObject[], kind: string, suffix: string): KubernetesObject {
  const found = objects.find(({ kind: k, metadata }) => k === kind && metadata.name.endsWith(suffix));
  return found ?? assert.fail(`no ${kind} …${suffix}`);
}

const podOf = (objects: KubernetesObject[], part: string) =>
  find(objects, part === 'agent' ? 'DaemonSet' : 'Deployment', `-${part}`).spec.template.spec;

describe('WallarmOob', () => {
  it('builds in an ordinary cdk8s app with literal props', () => {
    const app = new App({ outdir: '/nonexistent' });
    const chart = new Chart(app, 'security', { namespace: 'oob', labels: { team: 'security' } });
    new WallarmOob(chart, 'oob', {
      releaseName: 'prod',
      values: {
        config: { api: { existingSecret: { enabled: true, secretName: 'my-token', secretKey: 'key' } } },
        agent: { tolerations: [{ operator: 'Exists' }], nodeSelector: { disk: 'ssd' } },
      },
    });
    const objects: KubernetesObject[] = chart.toJson();
    const agent = find(objects, 'DaemonSet', 'prod-wallarm-oob-agent');
    assert.equal(agent.metadata.namespace, 'oob');
    assert.equal(agent.metadata.labels.team, 'security');
    assert.equal(agent.metadata.labels['app.kubernetes.io/managed-by'], 'cdk8s');
    assert.deepEqual(agent.spec.template.spec.tolerations, [{ operator: 'Exists' }]);
    assert.notInclude(JSON.stringify(objects), '\uE000');
  });

  it('gives cluster-scoped objects no namespace', () => {
    const objects = synth({ values: { config: { api: { token } } } }, { namespace: 'oob' });
    for (const { kind, metadata } of objects)
      assert.equal(metadata.namespace, kind.startsWith('ClusterRole') ? undefined : 'oob', kind);
  });

  it('hands the token to every service through one Secret', () => {
    const objects = withToken();
    assert.deepEqual(find(objects, 'Secret', '-credentials').stringData, { WALLARM_API_TOKEN: token });
    for (const part of ['agent', 'processing', 'aggregation', 'cloud']) {
      const env = podOf(objects, part).containers[0].env.find(
        ({ name }: { name: string }) => name === 'WALLARM_API_TOKEN',
      );
      assert.deepEqual(env.valueFrom.secretKeyRef, {
        name: 'wallarm-ebpf-wallarm-oob-credentials',
        key: 'WALLARM_API_TOKEN',
      });
    }
    const others = objects.filter(({ kind }) => kind !== 'Secret');
    assert.notInclude(JSON.stringify(others), token);
  });

  it('makes no Secret when one exists', () => {
    const objects = withValues({ config: { api: { existingSecret: { enabled: true } } } });
    assert.isUndefined(objects.find(({ kind }) => kind === 'Secret'));
    const [container] = podOf(objects, 'cloud').containers;
    assert.deepInclude(container.env, {
      name: 'WALLARM_API_TOKEN',
      valueFrom: { secretKeyRef: { name: 'wallarm-api-token', key: 'token' } },
    });
  });

  it('fails without a token, and says what to set', () => {
    assert.throws(
      () => withValues({}),
      InvalidValuesError,
      /^config\.api\.token: "": set the installation token, or .*existingSecret/,
    );
    const existingSecret = { enabled: true, secretName: '' };
    assert.throws(
      () => withValues({ config: { api: { existingSecret } } }),
      InvalidValuesError,
      /secretName/,
    );
  });

  it('points aggregation at the cloud service of the release, or at the host of the values', () => {
    const config = (objects: KubernetesObject[]) =>
      find(objects, 'ConfigMap', '-aggregation').data['config.yaml'];
    assert.include(config(withToken()), 'host: "wallarm-ebpf-wallarm-oob-cloud.default.svc"\n  port: 443\n');
    const external = withToken({
      config: { api: { host: 'cloud.example.com', port: 8443 } },
      cloud: { enabled: false },
    });
    assert.include(config(external), 'host: "cloud.example.com"\n  port: 8443\n');
    assert.isEmpty(external.filter(({ metadata }) => metadata.name.endsWith('-cloud')));
    assert.throws(() => withToken({ cloud: { enabled: false } }), InvalidValuesError, /^config\.api\.host/);
  });

  it('rolls the pods when their configuration changes, and only those', () => {
    const checksum = (objects: KubernetesObject[], kind: string, part: string) =>
      find(objects, kind, `-${part}`).spec.template.metadata.annotations['checksum/config'];
    const one = withToken();
    const two = withToken({ config: { agent: { mirror: { allNamespaces: true } } } });
    assert.match(checksum(one, 'DaemonSet', 'agent'), /^[0-9a-f]{64}$/);
    assert.notEqual(checksum(one, 'DaemonSet', 'agent'), checksum(two, 'DaemonSet', 'agent'));
    assert.equal(checksum(one, 'Deployment', 'cloud'), checksum(two, 'Deployment', 'cloud'));
  });

  it('selects by name, instance and component, so that two releases share a namespace', () => {
    const objects = withToken({ nameOverride: 'oob' });
    const agent = find(objects, 'DaemonSet', 'wallarm-ebpf-oob-agent');
    assert.deepEqual(agent.spec.selector.matchLabels, {
      'app.kubernetes.io/name': 'oob',
      'app.kubernetes.io/instance': 'wallarm-ebpf',
      'app.kubernetes.io/component': 'agent',
    });
  });

  it('lets no user label or annotation replace a fixed one', () => {
    const podLabels = { 'app.kubernetes.io/component': 'other', team: 'a' };
    const objects = withToken({
      agent: { podLabels, podAnnotations: { 'checksum/config': 'x', note: 'y' } },
    });
    const { labels, annotations } = find(objects, 'DaemonSet', '-agent').spec.template.metadata;
    assert.include(labels, { 'app.kubernetes.io/component': 'agent', team: 'a' });
    assert.equal(annotations.note, 'y');
    assert.notEqual(annotations['checksum/config'], 'x');
  });

  it('runs only the agent with privileges', () => {
    const objects = withToken();
    const agent = podOf(objects, 'agent');
    assert.isTrue(agent.hostPID);
    assert.isTrue(agent.containers[0].securityContext.privileged);
    for (const part of ['processing', 'aggregation', 'cloud']) {
      const pod = podOf(objects, part);
      assert.isFalse(pod.automountServiceAccountToken);
      assert.include(pod.containers[0].securityContext, {
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
      assert.deepEqual(pod.containers[0].securityContext.capabilities, { drop: ['ALL'] });
      assert.deepEqual(pod.containers[0].securityContext.seccompProfile, { type: 'RuntimeDefault' });
    }
  });

  it('serves the documented ports', () => {
    const objects = withToken();
    const servicePorts = (part: string) =>
      find(objects, 'Service', `-${part}`).spec.ports.map(
        ({ name, port }: { name: string; port: number }) => [name, port],
      );
    assert.deepEqual(servicePorts('processing'), [['node', 18443]]);
    assert.deepEqual(servicePorts('aggregation'), [['wstore', 3313]]);
    assert.deepEqual(servicePorts('cloud'), [
      ['console', 80],
      ['ingest', 443],
    ]);
    for (const part of ['processing', 'aggregation', 'cloud']) {
      const names = podOf(objects, part).containers[0].ports.map(({ name }: { name: string }) => name);
      for (const [name] of servicePorts(part)) assert.include(names, name);
    }
  });

  it('names images by registry, name and tag, and a global registry wins', () => {
    const imageOf = (values: PartialValues) => podOf(withToken(values), 'agent').containers[0].image;
    assert.equal(imageOf({}), 'localhost/cdk8s-wallarm-oob/agent:0.1.0');
    assert.equal(
      imageOf({ config: { images: { agent: { registry: '', tag: '1.2' } } } }),
      'cdk8s-wallarm-oob/agent:1.2',
    );
    assert.equal(
      imageOf({ global: { imageRegistry: 'r.example:5000' } }),
      'r.example:5000/cdk8s-wallarm-oob/agent:0.1.0',
    );
  });

  it('keeps data on a claim when told to', () => {
    const volume = (values: PartialValues) =>
      podOf(withToken(values), 'cloud').volumes.find(({ name }: { name: string }) => name === 'data');
    assert.deepEqual(volume({}), { name: 'data', emptyDir: {} });
    const claimName = 'wallarm-ebpf-wallarm-oob-cloud';
    assert.deepEqual(volume({ cloud: { persistence: { enabled: true } } }).persistentVolumeClaim, {
      claimName,
    });
    const existing = withToken({ cloud: { persistence: { enabled: true, existingClaim: 'mine' } } });
    assert.isUndefined(existing.find(({ kind }) => kind === 'PersistentVolumeClaim'));
  });

  it('keeps every name inside the 63 characters of a DNS label', () => {
    for (const { metadata } of synth({
      releaseName: `r${'x'.repeat(52)}`,
      values: { config: { api: { token } } },
    }))
      assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it('refuses a release name or namespace that Kubernetes would refuse', () => {
    const values = { config: { api: { token } } };
    assert.throws(() => synth({ values, releaseName: 'Prod_1' }), RangeError, '"Prod_1"');
    assert.throws(() => synth({ values, namespace: 'a.b' }), RangeError, '"a.b"');
  });
});
