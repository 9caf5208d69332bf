import { vendorHosts } from '../cloud-address.ts';
import { goJson } from '../expression/go-json.ts';
import { ports } from '../ports.ts';
import { shortToken } from '../values/warnings.ts';
import { effectRemarks, type KeyWithoutEffect, keysWithoutEffect } from '../values/without-effect.ts';

/** NOTES.txt: what to do next. */
export function notes(): string {
  return `{{ .Chart.Name }} {{ .Chart.Version }} is installed as {{ .Release.Name }} in the namespace {{ .Release.Namespace }}.

1. Wait until the pods are ready:

   kubectl get pods --namespace {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }}

   The agent's are privileged. Where Pod Security is enforced, they appear after

   kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=privileged
{{- if not .Values.config.agent.mirror.allNamespaces }}

2. Nothing is mirrored yet. Choose the traffic: a whole namespace,

   kubectl label namespace NAMESPACE wallarm-mirror=enabled

   or single pods, by an annotation in the pod template of their workload:

   mirror.wallarm.com/enabled: "true"
{{- else }}

2. The inbound traffic of every namespace is mirrored. To leave a namespace out:

   kubectl label namespace NAMESPACE wallarm-mirror=disabled
{{- end }}
{{- if .Values.cloud.enabled }}

3. Open the console at http://127.0.0.1:${ports.consoleContainer}/ while this runs:

   kubectl port-forward --namespace {{ .Release.Namespace }} service/{{ include "wallarm-oob.cloud.name" . }} ${ports.consoleContainer}:{{ int64 .Values.cloud.service.port }}
{{- else }}

3. The inventory is uploaded to {{ .Values.config.api.host }}, port {{ int64 .Values.config.api.port }}.
{{- end }}
{{- $isCloudKept := or (not .Values.cloud.enabled) .Values.cloud.persistence.enabled }}
{{- if not (and $isCloudKept .Values.aggregation.persistence.enabled) }}

Without a persistent volume, data is lost with its pod. Set in production
{{- if not $isCloudKept }}
  cloud.persistence.enabled: a replaced cloud pod starts with an empty inventory
{{- end }}
{{- if not .Values.aggregation.persistence.enabled }}
  aggregation.persistence.enabled: a replaced aggregation pod counts as a new cluster, with its endpoints beside the old ones
{{- end }}
{{- end }}
{{- if not .Values.config.api.existingSecret.enabled }}
{{- if lt (len (splitList "" .Values.config.api.token)) ${shortToken.characters} }}

${shortToken.warning}
{{- end }}
{{- end }}
{{- if has .Values.config.api.host (list ${vendorHosts.map(host => JSON.stringify(host)).join(' ')}) }}

config.api.host names the vendor's cloud, whose private protocol is not spoken: uploads go to the cloud service of this
release.
{{- end }}
{{- $certificate := .Values.config.connector.certificate }}
{{- $isClient := or $certificate.certManager.enabled (and $certificate.existingSecret.enabled (not (empty $certificate.existingSecret.clientName))) }}
{{- if and .Values.config.mutualTLS (not (and $certificate.enabled $isClient)) }}

config.mutualTLS changes nothing: there are no client certificates. Enable config.connector.certificate with certManager, or
with existingSecret and its clientName. Without them both ends of every link prove that they know the token.
{{- end }}
{{- if or (gt (int64 .Values.aggregation.replicaCount) 1) .Values.aggregation.autoscaling.enabled }}

Several replicas of aggregation: they do not share hosts among each other yet; use one.
{{- end }}
${settingsWithoutEffect()}`;
}

/** Lists what was set and does nothing, or nothing yet. */
function settingsWithoutEffect(): string {
  const keys = keysWithoutEffect();
  return (
    listing(
      'withoutEffect',
      keys.filter(({ effect }) => effect === 'none'),
      effectRemarks.none,
    ) +
    listing(
      'notYetInEffect',
      keys.filter(({ effect }) => effect === 'pending'),
      effectRemarks.pending,
    )
  );
}

function listing(variable: string, keys: readonly KeyWithoutEffect[], heading: string): string {
  const tests = keys.map(
    ({ path, node }) =>
      `{{- if ne (toJson .Values.${path}) ${JSON.stringify(goJson(node.default))} }}\n` +
      `{{- $${variable} = append $${variable} ${JSON.stringify(path)} }}\n{{- end }}\n`,
  );
  return (
    `{{- $${variable} := list }}\n${tests.join('')}` +
    `{{- with $${variable} }}\n\n${heading[0]?.toUpperCase()}${heading.slice(1)}:\n{{- range . }}\n  {{ . }}\n{{- end }}\n{{- end }}\n`
  );
}
