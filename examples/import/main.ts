// An app of yours that imports the constructs: `node --import=tsx examples/import/main.ts` writes dist/.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { ports, WallarmOob } from '../../constructs/index.ts'; // in your app: 'cdk8s-wallarm-oob'

const app = new App();
const chart = new Chart(app, 'security', { namespace: 'wallarm-ebpf' });

const oob = new WallarmOob(chart, 'oob', {
  values: {
    config: { api: { existingSecret: { enabled: true, secretName: 'wallarm-api-token' } } },
    agent: { tolerations: [{ operator: 'Exists' }] },
    processing: { replicaCount: 2 },
    namespace: { create: true },
  },
});

// Objects of cdk8s-plus may name the parts: a dashboard of yours reads the REST API.
const dashboard = new kplus.Deployment(chart, 'dashboard', {
  containers: [
    {
      image: 'registry.example.com/dashboard:1',
      envVariables: { API: kplus.EnvValue.fromValue(`http://${oob.cloud?.host}`) },
    },
  ],
});
if (oob.cloud)
  dashboard.connections.allowTo(oob.cloud, { ports: [kplus.NetworkPolicyPort.tcp(ports.consoleContainer)] });

app.synth();
