import { Construct } from 'constructs';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { cloudHost, cloudPort } from './cloud-address.ts';
import { text } from './expression/text.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { image } from './images.ts';
import type { Installation } from './installation.ts';
import { unprivileged } from './pod.ts';
import { ports } from './ports.ts';
import { Resource } from './resource.ts';

/** Connects to each address given, and fails with the first that does not answer within 5 seconds. */
const script = `const net = require("node:net");
for (const address of process.argv.slice(1)) {
  const [host, port] = address.split(/:(?=[0-9]+$)/);
  const socket = net.connect({ host, port, timeout: 5000 });
  const fail = cause => { console.error(address + ": " + cause); process.exit(1); };
  socket.on("connect", () => { console.log(address + ": connected"); socket.destroy(); });
  socket.on("error", error => fail(error.message));
  socket.on("timeout", () => fail("no answer within 5 s"));
}
`;

/** The pod of `helm test`: can the services be reached where the parts look for them? */
export class HelmTest extends Construct {
  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { values } = installation;
    const metadata = installation.metadata({ component: undefined, name: installation.nameOf('test') });
    const hooks = { 'helm.sh/hook': 'test', 'helm.sh/hook-delete-policy': 'before-hook-creation' };
    new Resource<Pod>(this, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, 'app.kubernetes.io/component': 'test' },
        annotations: hooks,
      },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        imagePullSecrets: unlessEmpty(values.imagePullSecrets) as never,
        nodeSelector: unlessEmpty(values.processing.nodeSelector) as never,
        tolerations: unlessEmpty(values.processing.tolerations) as never,
        containers: [
          {
            name: 'test',
            image: image(installation, 'processing'),
            imagePullPolicy: values.config.images.processing.pullPolicy,
            command: ['node', '-e', script],
            args: [
              text`${installation.hostOf('processing')}:${ports.mirror}`,
              text`${installation.hostOf('aggregation')}:${ports.findings}`,
              text`${cloudHost(installation)}:${cloudPort(installation)}`,
            ],
            securityContext: unprivileged as never,
          },
        ],
      },
    });
  }
}
