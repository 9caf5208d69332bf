// The test cluster itself: what the tests on it take for granted. Needs root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { command } from '../cluster/command.ts';
import { stateFolder } from '../cluster/layout.ts';
import { leftovers } from '../cluster/leftovers.ts';
import { inside, type Namespaces } from '../cluster/namespaces.ts';
import { kubeconfigPath } from '../cluster/pki.ts';
import { waitUntil } from '../cluster/wait.ts';
import { toolPath } from '../tools/tools.ts';
import { type App, loadAppImage, startApps } from './cluster-apps.ts';

const app: App = { name: 'web', namespace: 'default', host: 'web.example.test', podAnnotations: {} };

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 443, targetPort: 8443 }] },
};

describe('a cluster of one node', function () {
  this.timeout(300_000);

  describe('while it runs', () => {
    let cluster: Cluster;
    let exec: (script: string) => Promise<string>;

    before(async () => {
      cluster = await startCluster();
      await loadAppImage(cluster);
      await startApps(cluster, [app]);
      await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(service) });
      exec = script => cluster.kubectl(['exec', 'deployment/web', '--', 'sh', '-ec', script]);
    });
    after(() => cluster?.stop());

    it('resolves the short and the long name of a Service in pods', async () => {
      const address = await cluster.kubectl(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
      for (const name of ['web', 'web.default.svc', 'web.default.svc.cluster.local']) {
        expect(await exec(`getent hosts ${name}`)).to.match(new RegExp(`^${address} `));
      }
    });

    it('lets a pod reach a Service that leads back to itself, and the API server', async () => {
      const get = (host: string, path: string) =>
        exec(`curl --silent --insecure --max-time 5 https://${host}${path}`);
      // kube-proxy follows a new Service within about a second.
      await waitUntil('the Service answers', () => get('web.default.svc', '/'));
      expect(await get('web.default.svc', '/')).to.include('{"ok":true,"host":"web.default.svc"}');
      expect(await get('kubernetes.default.svc', '/version')).to.include('"gitVersion": "v1.');
    });

    it('gives each container a cgroup of its own in cgroup v2', async () => {
      expect(await exec('cat /proc/self/cgroup')).to.match(
        /^0::.*\/kubepods\/[^/]+\/pod[0-9a-f-]{36}\/[0-9a-f]{64}$/m,
      );
    });

    it('returns the logs of a pod', async () => {
      expect(await cluster.kubectl(['logs', 'deployment/web'])).to.be.a('string');
    });
  });

  it('is taken down completely after its test was killed, pods and all', async () => {
    const main = fileURLToPath(new URL('../cluster/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import=tsx', main, 'run'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data'); // printed when the node is Ready
    const namespaces = JSON.parse(await readFile(join(stateFolder, 'namespaces.json'), 'utf8')) as Namespaces;
    const [enter = '', ...rest] = inside(namespaces.holderPid);
    const kubectl = [...rest, await toolPath('kubectl'), '--kubeconfig', kubeconfigPath('admin')];
    await command(enter, [
      ...kubectl,
      'run',
      'sleeper',
      '--image=localhost/pause:1',
      '--image-pull-policy=Never',
    ]);
    await command(enter, [...kubectl, 'wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=240s']);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await leftovers(namespaces)).not.to.deep.equal([]);

    await command(process.execPath, ['--import=tsx', main, 'clean']);
    expect(await leftovers(namespaces)).to.deep.equal([]);
  });
});
