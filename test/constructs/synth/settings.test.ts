import { assert } from 'chai';
import { readSettings } from '../../../constructs/synth/settings.ts';

describe('the environment of a synthesis', () => {
  it('has a default for everything', () => {
    assert.deepEqual(readSettings({}), {
      valuesFile: 'examples/values.yaml',
      releaseName: 'wallarm-ebpf',
      namespace: 'wallarm-ebpf',
      apiVersions: [],
    });
  });

  it('accepts versions as helm does', () => {
    for (const KUBE_VERSION of ['1.24', 'v1.30.2', '1.30.2-gke.1', 'v1.36.3+k3s1'])
      assert.doesNotThrow(() =>
        readSettings({ KUBE_VERSION, API_VERSIONS: 'v1,apps/v1,monitoring.coreos.com/v1/PodMonitor' }),
      );
  });

  for (const [name, value] of [
    ['RELEASE_NAME', 'Big'],
    ['RELEASE_NAME', 'x'.repeat(54)],
    ['NAMESPACE', 'a.b'],
    ['KUBE_VERSION', 'latest'],
    ['KUBE_VERSION', '1.23.9'],
    ['API_VERSIONS', 'apps/v1;batch/v1'],
  ] as const) {
    it(`refuses ${name}=${value.slice(0, 20)}, naming both`, () => {
      assert.throws(() => readSettings({ [name]: value }), RangeError, new RegExp(`^${name}: .*${value}`));
    });
  }
});
