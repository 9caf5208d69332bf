import { Construct } from 'constructs';
import type { Secret, Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { certManagerObjects } from './cert-manager.ts';
import { and } from './expression/and.ts';
import { choose } from './expression/choose.ts';
import type { ConfigTree } from './expression/config-text.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { helper } from './expression/helper.ts';
import { isEmpty } from './expression/is-empty.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { text } from './expression/text.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

type Mount = Templated<VolumeMount> | undefined;
type MaybeVolume = Templated<Volume> | undefined;

const certsDir = '/etc/wallarm-oob/certs';
const agentCertsDir = '/etc/wallarm/agent/certs';
const clientCertsDir = '/etc/wallarm/agent/client-certs';

const pair = (folder: string) => ({ certificate: `${folder}/tls.crt`, key: `${folder}/tls.key` });

/**
 * The certificates of the links: from cert-manager, from a Secret that exists, or from one made of the values; without
 * them TLS has the key derived from the token. With cert-manager aggregation has one too; a Secret of the user names
 * processing alone. With `mutualTLS` clients have certificates as well, from cert-manager or a Secret that exists.
 */
export class Certificates extends Construct {
  readonly serverMount: Mount;
  readonly serverVolume: MaybeVolume;
  readonly aggregationMount: Mount;
  readonly aggregationVolume: MaybeVolume;
  /** What the agent mounts: what it checks processing against, without a key, and its own certificate. */
  readonly agentMounts: readonly Mount[];
  readonly agentVolumes: readonly MaybeVolume[];
  /** Section `tls` of processing and of aggregation. */
  readonly processingTls: ConfigTree | undefined;
  readonly aggregationTls: ConfigTree | undefined;
  /** Section `processing.tls` of the agent, and `aggregation.tls` of processing. */
  readonly agentTls: ConfigTree | undefined;
  readonly findingsTls: ConfigTree | undefined;

  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { connector, mutualTLS } = installation.values.config;
    const { enabled, certManager, existingSecret, customSecret } = connector.certificate;
    const processing = installation.nameOf('processing');
    const serverSecret = helper(
      'certificates.secretName',
      choose(existingSecret.enabled, existingSecret.name, text`${processing}-certs`),
    );
    const isIssued = and(enabled, certManager.enabled);
    const clientSecret = helper(
      'certificates.clientSecretName',
      choose<string>(isIssued, text`${installation.nameOf('agent')}-client-certs`, existingSecret.clientName),
    );
    const aggregationSecret = text`${installation.nameOf('aggregation')}-certs`;
    const isGiven = and(existingSecret.enabled, not(isEmpty(existingSecret.clientName)));
    const hasClient = and(enabled, mutualTLS, or(certManager.enabled, isGiven));

    whenever(this, 'issued', isIssued, issued => {
      certManagerObjects(issued, installation, { serverSecret, clientSecret, aggregationSecret });
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

    this.serverMount = mount(enabled, 'certs', certsDir);
    this.serverVolume = when(enabled, { name: 'certs', secret: { secretName: serverSecret } });
    this.aggregationMount = mount(isIssued, 'certs', certsDir);
    this.aggregationVolume = when(isIssued, { name: 'certs', secret: { secretName: aggregationSecret } });
    this.agentMounts = [
      mount(enabled, 'certs', agentCertsDir),
      mount(hasClient, 'client-certs', clientCertsDir),
    ];
    // Without its key: the agent must be able to check processing, not to be it. Not every Secret has ca.crt.
    const anchors = ['ca.crt', 'tls.crt'];
    const authority = {
      secretName: serverSecret,
      optional: true,
      items: anchors.map(key => ({ key, path: key })),
    };
    this.agentVolumes = [
      when(enabled, { name: 'certs', secret: authority }),
      when(hasClient, { name: 'client-certs', secret: { secretName: clientSecret } }),
    ];

    const authorityFile = [`${certsDir}/ca.crt`];
    this.processingTls = when(enabled, {
      ...pair(certsDir),
      clientCa: when(hasClient, authorityFile),
    });
    this.aggregationTls = when(isIssued, {
      ...pair(certsDir),
      clientCa: when(mutualTLS, authorityFile),
    });
    this.agentTls = when(enabled, {
      ca: anchors.map(name => `${agentCertsDir}/${name}`),
      own: when(hasClient, pair(clientCertsDir)),
    });
    this.findingsTls = when(isIssued, {
      ca: authorityFile,
      own: when(mutualTLS, pair(certsDir)),
    });
  }
}

function mount(condition: Val<boolean>, name: string, mountPath: string): Mount {
  return when(condition, { name, mountPath, readOnly: true });
}
