import { expect } from 'chai';
import { type MirrorFilter, mirrorFilters } from '../../../../runtime/agent/kubernetes/mirror-filter.ts';
import { PodTargets } from '../../../../runtime/agent/kubernetes/pod-targets.ts';
import type { Workload } from '../../../../runtime/protocol/generated/mirror.ts';
import { until } from '../delivery/endpoint.ts';
import { ApiServer, namespace, pod } from './api-server.ts';

const first = '1'.repeat(64);
const second = '2'.repeat(64);

describe('the selection of pods from the Kubernetes API', () => {
  let server: ApiServer;
  let targets: PodTargets;
  let cgroups: Map<string, bigint>;
  let selection: ReadonlyMap<bigint, Workload>;
  let failures: number;
  let filters: MirrorFilter[];

  /** Starts with the present state of the server, and waits until it is in force. */
  async function start(): Promise<void> {
    targets = new PodTargets({
      config: await server.start(),
      node: 'node-1',
      settings: { allNamespaces: false, filters: mirrorFilters(filters) },
      findCgroup: id => {
        const found = cgroups.get(id.replace('containerd://', ''));
        return found === undefined ? undefined : { id: found, path: '' };
      },
      async apply(wanted) {
        if (failures-- > 0) throw new Error('the map is full');
        selection = wanted;
      },
      log: { info() {}, warn() {} },
    });
    await targets.ready;
  }

  function names(): string[] {
    return [...selection].map(
      ([id, workload]) => `${id} ${workload.namespace}/${workload.pod}/${workload.container}`,
    );
  }

  async function becomes(...wanted: string[]): Promise<void> {
    const holds = (): boolean => JSON.stringify(names()) === JSON.stringify(wanted);
    await until(holds, `selection ${wanted}, not ${names()}`, 5000);
  }

  beforeEach(() => {
    server = new ApiServer();
    cgroups = new Map([
      [first, 1001n],
      [second, 1002n],
    ]);
    selection = new Map();
    failures = 0;
    filters = [];
  });

  afterEach(async () => {
    await targets.stop();
    await server.stop();
  });

  it('takes the running containers of selected pods of its node', async () => {
    server.put('namespaces', namespace('shop', 'enabled'));
    server.put('namespaces', namespace('other'));
    server.put('pods', pod('shop', 'a', first));
    server.put('pods', pod('other', 'b', second));
    await start();
    expect(names()).to.deep.equal(['1001 shop/a/web']);
    const pods = server.requests.filter(path => path.startsWith('/api/v1/pods'));
    for (const path of pods) expect(path).to.include('fieldSelector=spec.nodeName%3Dnode-1');
  });

  it('follows labels, annotations, new pods and deletions within a second', async () => {
    await start();
    expect(names()).to.deep.equal([]);
    await until(() => server.watches === 2, 'watching');
    const before = performance.now();
    server.put('namespaces', namespace('shop', 'enabled'));
    server.put('pods', pod('shop', 'a', first));
    await becomes('1001 shop/a/web');
    expect(performance.now() - before).to.be.lessThan(1000);
    server.put('pods', pod('shop', 'a', first, 'false'));
    await becomes();
    server.put('pods', pod('shop', 'b', second));
    await becomes('1002 shop/b/web');
    server.put('namespaces', namespace('shop', 'disabled'));
    await becomes();
    server.put('namespaces', namespace('shop', 'enabled'));
    await becomes('1002 shop/b/web');
    server.remove('pods', 'shop', 'b');
    await becomes();
  });

  it('takes the containers that filters describe, and follows labels that come and go', async () => {
    filters = [
      { namespace: 'other' },
      { namespace: 'shop', pod_labels: { team: 'backend, ops' }, container_name: 'web' },
    ];
    server.put('namespaces', namespace('shop'));
    server.put('namespaces', namespace('other', 'disabled'));
    server.put('pods', pod('shop', 'a', first));
    server.put('pods', pod('other', 'b', second));
    await start();
    await until(() => server.watches === 2, 'watching');
    expect(names()).to.deep.equal([]);
    const labelled = pod('shop', 'a', first);
    server.put('pods', { ...labelled, metadata: { ...labelled.metadata, labels: { team: 'ops' } } });
    await becomes('1001 shop/a/web');
    server.put('namespaces', namespace('other'));
    await becomes('1001 shop/a/web', '1002 other/b/web');
    server.put('pods', pod('shop', 'a', first));
    server.put('pods', pod('other', 'b', second, 'false'));
    await becomes();
  });

  it('takes a container whose cgroup comes later than its status', async () => {
    cgroups.delete(first);
    server.put('namespaces', namespace('shop', 'enabled'));
    server.put('pods', pod('shop', 'a', first));
    await start();
    expect(names()).to.deep.equal([]);
    cgroups.set(first, 1003n);
    await becomes('1003 shop/a/web');
  });

  it('repeats a selection that could not be put in force', async () => {
    failures = 2;
    server.put('namespaces', namespace('shop', 'enabled'));
    server.put('pods', pod('shop', 'a', first));
    await start();
    expect(names()).to.deep.equal(['1001 shop/a/web']);
  });

  it('resumes a watch that ended, without listing again', async () => {
    server.put('namespaces', namespace('shop', 'enabled'));
    await start();
    await until(() => server.watches === 2, 'watching');
    const lists = (): number => server.requests.filter(path => !path.includes('watch=true')).length;
    const before = lists();
    server.endWatches();
    server.put('pods', pod('shop', 'a', first));
    await becomes('1001 shop/a/web');
    expect(lists()).to.equal(before);
  });

  it('lists again when the server has forgotten where the watch was', async () => {
    server.put('namespaces', namespace('shop', 'enabled'));
    server.put('pods', pod('shop', 'a', first));
    await start();
    await until(() => server.watches === 2, 'watching');
    server.endWatches();
    server.remove('pods', 'shop', 'a');
    server.put('pods', pod('shop', 'b', second));
    server.forget();
    await becomes('1002 shop/b/web');
  });
});
