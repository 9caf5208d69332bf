// An app of yours that imports the construct: `node --import=tsx examples/import/main.ts` writes dist/.
import { App, Chart } from 'cdk8s';
import { WallarmOob } from '../../constructs/index.ts'; // in your app: 'cdk8s-wallarm-oob'

const app = new App();
const chart = new Chart(app, 'security', { namespace: 'wallarm-ebpf' });
new WallarmOob(chart, 'oob', {
  values: {
    config: {
      api: { existingSecret: { enabled: true, secretName: 'wallarm-api-token' } },
      agent: { mirror: { filters: [{ namespace: 'shop', pod_labels: { tier: 'frontend,backend' } }] } },
    },
    agent: { tolerations: [{ operator: 'Exists' }] },
    processing: { replicaCount: 2 },
    namespace: { create: true },
  },
});
app.synth();
