import { ports } from '../ports.ts';

/** NOTES.txt: what to do next. */
export function notes(): string {
  return `{{ .Chart.Name }} {{ .Chart.Version }} is installed as {{ .Release.Name }} in the namespace {{ .Release.Namespace }}.

1. Wait until the pods are ready:

   kubectl get pods --namespace {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }}
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

   kubectl port-forward --namespace {{ .Release.Namespace }} service/{{ include "wallarm-oob.cloud.name" . }} ${ports.consoleContainer}:${ports.console}
{{- if not .Values.cloud.persistence.enabled }}

The inventory is lost when the cloud pod is deleted. To keep it, set cloud.persistence.enabled.
{{- end }}
{{- else }}

3. The inventory is uploaded to {{ .Values.config.api.host }}, port {{ int64 .Values.config.api.port }}.
{{- end }}
`;
}
