import { Construct } from 'constructs';
import type { Secret, Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { certManagerObjects } from './cert-manager.ts';
import { and } from './expression/and.ts';
import { choose } from './expression/choose.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { helper } from './expression/helper.ts';
import { text } from './expression/text.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

type Mount = Templated<VolumeMount> | undefined;

/**
 * The certificates of processing and, with `mutualTLS`, of the agents: from cert-manager, from a Secret that exists, or
 * from one made of the values. Without them the parts keep to the key derived from the token.
 */
export class Certificates extends Construct {
  readonly serverMount: Mount;
  readonly serverVolume: Templated<Volume> | undefined;
  /** What the agent mounts: the certificate of the authority only, and its own certificate. */
  readonly agentMounts: readonly Mount[];
  readonly agentVolumes: readonly (Templated<Volume> | undefined)[];

  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { connector, mutualTLS } = installation.values.config;
    const { enabled, certManager, existingSecret, customSecret } = connector.certificate;
    const processing = installation.nameOf('processing');
    const serverSecret = helper(
      'certificates.secretName',
      choose(existingSecret.enabled, existingSecret.name, text`${processing}-certs`),
    );
    const clientSecret = text`${installation.nameOf('agent')}-client-certs`;
    const isIssued = and(enabled, certManager.enabled);
    const hasClient = and(isIssued, mutualTLS);

    whenever(this, 'issued', isIssued, issued => {
      certManagerObjects(issued, installation, { serverSecret, clientSecret });
    });
    whenever(this, 'custom', and(enabled, customSecret.enabled), custom => {
      new Resource<Secret>(custom, 'secret', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: installation.metadata({ component: 'processing', name: serverSecret }),
        type: 'kubernetes.io/tls',
        data: { 'ca.crt': customSecret.ca, 'tls.crt': customSecret.crt, 'tls.key': customSecret.key },
      });
    });

    this.serverMount = mount(enabled, 'certs', '/etc/wallarm-oob/certs');
    this.serverVolume = when(enabled, { name: 'certs', secret: { secretName: serverSecret } });
    this.agentMounts = [
      mount(enabled, 'certs', '/etc/wallarm/agent/certs'),
      mount(hasClient, 'client-certs', '/etc/wallarm/agent/client-certs'),
    ];
    // Without its key: the agent must be able to check processing, not to be it.
    const authority = {
      secretName: serverSecret,
      optional: true,
      items: [{ key: 'ca.crt', path: 'ca.crt' }],
    };
    this.agentVolumes = [
      when(enabled, { name: 'certs', secret: authority }),
      when(hasClient, { name: 'client-certs', secret: { secretName: clientSecret } }),
    ];
  }
}

function mount(condition: Val<boolean>, name: string, mountPath: string): Mount {
  return when(condition, { name, mountPath, readOnly: true });
}
