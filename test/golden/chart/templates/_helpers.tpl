{{- define "wallarm-oob.agent.config" -}}
processing:
  host: {{ printf "%s.%s.svc" (include "wallarm-oob.processing.name" .) .Release.Namespace | toJson }}
  port: 18443
selection:
  kubernetes: true
  allNamespaces: {{ .Values.config.agent.mirror.allNamespaces }}
metrics:
  listen: "0.0.0.0:9090"
health:
  listen: "0.0.0.0:11226"
{{- end }}

{{- define "wallarm-oob.agent.image" -}}
{{- printf "%s/%s:%s" (default .Values.config.images.agent.registry .Values.global.imageRegistry) .Values.config.images.agent.name (default .Chart.AppVersion .Values.config.images.agent.tag) | trimPrefix "/" }}
{{- end }}

{{- define "wallarm-oob.agent.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 57 | trimAll "-._") "agent" }}
{{- end }}

{{- define "wallarm-oob.agent.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.agent.name" .) "default" .Values.agent.serviceAccount.create) .Values.agent.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.aggregation.config" -}}
listen: "0.0.0.0:3313"
dataDir: "/var/lib/wallarm-oob/aggregation"
clusterName: {{ .Values.config.aggregation.clusterName | toJson }}
cloud:
  host: {{ required "config.api.host: \"\": set the host of a cloud service, or set cloud.enabled to true to run one in this release" (default (ternary (printf "%s.%s.svc" (include "wallarm-oob.cloud.name" .) .Release.Namespace) "" .Values.cloud.enabled) .Values.config.api.host) | toJson }}
  port: {{ ternary 443 (int64 .Values.config.api.port) (empty .Values.config.api.host) }}
metrics:
  listen: "0.0.0.0:9090"
health:
  listen: "0.0.0.0:18080"
{{- end }}

{{- define "wallarm-oob.aggregation.image" -}}
{{- printf "%s/%s:%s" (default .Values.config.images.aggregation.registry .Values.global.imageRegistry) .Values.config.images.aggregation.name (default .Chart.AppVersion .Values.config.images.aggregation.tag) | trimPrefix "/" }}
{{- end }}

{{- define "wallarm-oob.aggregation.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 51 | trimAll "-._") "aggregation" }}
{{- end }}

{{- define "wallarm-oob.aggregation.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.aggregation.name" .) "default" .Values.aggregation.serviceAccount.create) .Values.aggregation.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.cloud.image" -}}
{{- printf "%s/%s:%s" (default .Values.config.images.cloud.registry .Values.global.imageRegistry) .Values.config.images.cloud.name (default .Chart.AppVersion .Values.config.images.cloud.tag) | trimPrefix "/" }}
{{- end }}

{{- define "wallarm-oob.cloud.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 57 | trimAll "-._") "cloud" }}
{{- end }}

{{- define "wallarm-oob.cloud.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.cloud.name" .) "default" .Values.cloud.serviceAccount.create) .Values.cloud.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.credentials.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 51 | trimAll "-._") "credentials" }}
{{- end }}

{{- define "wallarm-oob.credentials.secretName" -}}
{{- required "config.api.existingSecret.secretName: \"\": set the name of the Secret that holds the token, or set config.api.existingSecret.enabled to false" (ternary .Values.config.api.existingSecret.secretName (include "wallarm-oob.credentials.name" .) .Values.config.api.existingSecret.enabled) }}
{{- end }}

{{- define "wallarm-oob.fullname" -}}
{{- printf "%s-%s" .Release.Name (include "wallarm-oob.name" .) | trunc 63 | trimAll "-._" }}
{{- end }}

{{- define "wallarm-oob.labels" -}}
helm.sh/chart: wallarm-oob
helm.sh/version: {{ .Chart.Version | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- include "wallarm-oob.selectorLabels" . | nindent 0 }}
{{- end }}

{{- define "wallarm-oob.name" -}}
{{- default "wallarm-oob" .Values.nameOverride }}
{{- end }}

{{- define "wallarm-oob.processing.config" -}}
listen: "0.0.0.0:18443"
aggregation:
  host: {{ printf "%s.%s.svc" (include "wallarm-oob.aggregation.name" .) .Release.Namespace | toJson }}
  port: 3313
metrics:
  listen: "0.0.0.0:9090"
health:
  listen: "0.0.0.0:18080"
{{- end }}

{{- define "wallarm-oob.processing.image" -}}
{{- printf "%s/%s:%s" (default .Values.config.images.processing.registry .Values.global.imageRegistry) .Values.config.images.processing.name (default .Chart.AppVersion .Values.config.images.processing.tag) | trimPrefix "/" }}
{{- end }}

{{- define "wallarm-oob.processing.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 52 | trimAll "-._") "processing" }}
{{- end }}

{{- define "wallarm-oob.processing.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.processing.name" .) "default" .Values.processing.serviceAccount.create) .Values.processing.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.selectorLabels" -}}
app.kubernetes.io/name: {{ include "wallarm-oob.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}
