{{- define "wallarm-oob.agent.annotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.agent.extraAnnotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.agent.extraAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.agent.config" -}}
processing:
  host: {{ printf "%s.%s.svc" (include "wallarm-oob.processing.name" .) .Release.Namespace | toJson }}
  port: 18443
  {{- if .Values.config.connector.certificate.enabled }}
  tls:
    ca: ["/etc/wallarm/agent/certs/ca.crt","/etc/wallarm/agent/certs/tls.crt"]
    {{- if and .Values.config.connector.certificate.enabled .Values.config.mutualTLS (or .Values.config.connector.certificate.certManager.enabled (and .Values.config.connector.certificate.existingSecret.enabled (not (empty .Values.config.connector.certificate.existingSecret.clientName)))) }}
    own:
      certificate: "/etc/wallarm/agent/client-certs/tls.crt"
      key: "/etc/wallarm/agent/client-certs/tls.key"
    {{- end }}
  {{- end }}
selection:
  kubernetes: true
  allNamespaces: {{ .Values.config.agent.mirror.allNamespaces }}
  filters: {{ default list .Values.config.agent.mirror.filters | toJson }}
realIp:
  header: {{ .Values.config.agent.loadBalancerRealIPHeader | toJson }}
  trustedCidrs: {{ default list .Values.config.agent.loadBalancerTrustedCIDRs | toJson }}
metrics:
  enabled: {{ .Values.agent.metrics.enabled }}
  listen: {{ printf "0.0.0.0:%d" (int64 .Values.agent.metrics.port) | toJson }}
  path: {{ .Values.agent.metrics.path | toJson }}
health:
  listen: "0.0.0.0:11226"
{{- range $key, $value := omit (default dict .Values.config.agent.extraConfig) "processing" "selection" "realIp" "metrics" "health" }}
{{ $key | toJson }}: {{ $value | toJson }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.agent.image" -}}
{{- default (ternary (printf "%s@%s" (printf "%s/%s" (default (ternary "localhost" .Values.config.images.agent.registry (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name)) .Values.global.imageRegistry) (ternary "cdk8s-wallarm-oob/agent" .Values.config.images.agent.name (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name))) .Values.config.images.agent.digest) (printf "%s:%s" (printf "%s/%s" (default (ternary "localhost" .Values.config.images.agent.registry (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name)) .Values.global.imageRegistry) (ternary "cdk8s-wallarm-oob/agent" .Values.config.images.agent.name (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name))) (ternary .Chart.AppVersion (default .Chart.AppVersion .Values.config.images.agent.tag) (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name))) (not (empty .Values.config.images.agent.digest)) | trimPrefix "/") .Values.config.images.agent.fullname }}
{{- end }}

{{- define "wallarm-oob.agent.labels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ ternary .Chart.AppVersion (default .Chart.AppVersion .Values.config.images.agent.tag) (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name) | trunc 63 | trimAll "-._" | quote }}
app.kubernetes.io/component: agent
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.agent.extraLabels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.agent.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.agent.monitoringLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ ternary .Chart.AppVersion (default .Chart.AppVersion .Values.config.images.agent.tag) (hasSuffix "wallarm/ebpf-agent" .Values.config.images.agent.name) | trunc 63 | trimAll "-._" | quote }}
app.kubernetes.io/component: agent
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (or (hasKey (default dict $.Values.agent.extraLabels) $key) (hasKey (default dict $.Values.monitoring.labels) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := omit (default dict .Values.agent.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.agent.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 57 | trimAll "-._") "agent" }}
{{- end }}

{{- define "wallarm-oob.agent.serviceAccountAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.agent.extraAnnotations) $key) (hasKey (default dict $.Values.agent.serviceAccount.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.agent.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.agent.serviceAccount.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.agent.serviceAccount.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.agent.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.agent.name" .) "default" .Values.agent.serviceAccount.create) .Values.agent.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.aggregation.annotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.aggregation.extraAnnotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.aggregation.extraAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.autoscalingAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.aggregation.extraAnnotations) $key) (hasKey (default dict $.Values.aggregation.autoscaling.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.aggregation.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.aggregation.autoscaling.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.aggregation.autoscaling.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.config" -}}
listen: "0.0.0.0:3313"
{{- if and .Values.config.connector.certificate.enabled .Values.config.connector.certificate.certManager.enabled }}
tls:
  certificate: "/etc/wallarm-oob/certs/tls.crt"
  key: "/etc/wallarm-oob/certs/tls.key"
  {{- if .Values.config.mutualTLS }}
  clientCa: ["/etc/wallarm-oob/certs/ca.crt"]
  {{- end }}
{{- end }}
dataDir: "/var/lib/wallarm-oob/aggregation"
clusterName: {{ .Values.config.aggregation.clusterName | toJson }}
cloud:
  host: {{ required "config.api.host: \"\": set the host of a cloud service, or set cloud.enabled to true to run one in this release" (ternary (ternary (printf "%s.%s.svc" (include "wallarm-oob.cloud.name" .) .Release.Namespace) "" .Values.cloud.enabled) .Values.config.api.host (or (empty .Values.config.api.host) (has .Values.config.api.host (list "api.wallarm.com" "us1.api.wallarm.com" "me1.api.wallarm.com")))) | toJson }}
  port: {{ ternary 443 (int64 .Values.config.api.port) (or (empty .Values.config.api.host) (has .Values.config.api.host (list "api.wallarm.com" "us1.api.wallarm.com" "me1.api.wallarm.com"))) }}
metrics:
  enabled: {{ .Values.aggregation.metrics.enabled }}
  listen: {{ printf "0.0.0.0:%d" (int64 .Values.aggregation.metrics.port) | toJson }}
  path: {{ .Values.aggregation.metrics.path | toJson }}
health:
  listen: "0.0.0.0:18080"
{{- range $key, $value := omit (default dict .Values.config.aggregation.extraConfig) "listen" "tls" "dataDir" "clusterName" "cloud" "metrics" "health" }}
{{ $key | toJson }}: {{ $value | toJson }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.image" -}}
{{- default (ternary (printf "%s@%s" (printf "%s/%s" (default .Values.config.images.aggregation.registry .Values.global.imageRegistry) .Values.config.images.aggregation.name) .Values.config.images.aggregation.digest) (printf "%s:%s" (printf "%s/%s" (default .Values.config.images.aggregation.registry .Values.global.imageRegistry) .Values.config.images.aggregation.name) (default .Chart.AppVersion .Values.config.images.aggregation.tag)) (not (empty .Values.config.images.aggregation.digest)) | trimPrefix "/") .Values.config.images.aggregation.fullname }}
{{- end }}

{{- define "wallarm-oob.aggregation.labels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: aggregation
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.aggregation.extraLabels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.aggregation.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.monitoringLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: aggregation
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (or (hasKey (default dict $.Values.aggregation.extraLabels) $key) (hasKey (default dict $.Values.monitoring.labels) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := omit (default dict .Values.aggregation.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 51 | trimAll "-._") "aggregation" }}
{{- end }}

{{- define "wallarm-oob.aggregation.persistenceAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.aggregation.extraAnnotations) $key) (hasKey (default dict $.Values.aggregation.persistence.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.aggregation.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.aggregation.persistence.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.aggregation.persistence.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.serviceAccountAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.aggregation.extraAnnotations) $key) (hasKey (default dict $.Values.aggregation.serviceAccount.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.aggregation.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.aggregation.serviceAccount.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.aggregation.serviceAccount.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.aggregation.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.aggregation.name" .) "default" .Values.aggregation.serviceAccount.create) .Values.aggregation.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.aggregation.serviceAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.aggregation.extraAnnotations) $key) (hasKey (default dict $.Values.aggregation.service.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.aggregation.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.aggregation.service.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.aggregation.service.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.certificates.clientSecretName" -}}
{{- ternary (printf "%s-client-certs" (include "wallarm-oob.agent.name" .)) .Values.config.connector.certificate.existingSecret.clientName (and .Values.config.connector.certificate.enabled .Values.config.connector.certificate.certManager.enabled) }}
{{- end }}

{{- define "wallarm-oob.certificates.secretName" -}}
{{- ternary .Values.config.connector.certificate.existingSecret.name (printf "%s-certs" (include "wallarm-oob.processing.name" .)) .Values.config.connector.certificate.existingSecret.enabled }}
{{- end }}

{{- define "wallarm-oob.cloud.annotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.cloud.extraAnnotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.cloud.extraAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.config" -}}
ingest:
  listen: "0.0.0.0:8443"
console:
  listen: "0.0.0.0:8080"
dataDir: "/var/lib/wallarm-oob/cloud"
metrics:
  enabled: {{ .Values.cloud.metrics.enabled }}
  listen: {{ printf "0.0.0.0:%d" (int64 .Values.cloud.metrics.port) | toJson }}
  path: {{ .Values.cloud.metrics.path | toJson }}
health:
  listen: "0.0.0.0:18080"
{{- range $key, $value := omit (default dict .Values.config.cloud.extraConfig) "ingest" "console" "dataDir" "metrics" "health" }}
{{ $key | toJson }}: {{ $value | toJson }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.image" -}}
{{- default (ternary (printf "%s@%s" (printf "%s/%s" (default .Values.config.images.cloud.registry .Values.global.imageRegistry) .Values.config.images.cloud.name) .Values.config.images.cloud.digest) (printf "%s:%s" (printf "%s/%s" (default .Values.config.images.cloud.registry .Values.global.imageRegistry) .Values.config.images.cloud.name) (default .Chart.AppVersion .Values.config.images.cloud.tag)) (not (empty .Values.config.images.cloud.digest)) | trimPrefix "/") .Values.config.images.cloud.fullname }}
{{- end }}

{{- define "wallarm-oob.cloud.ingressAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.cloud.extraAnnotations) $key) (hasKey (default dict $.Values.cloud.ingress.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.cloud.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.cloud.ingress.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.cloud.ingress.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.labels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: cloud
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.cloud.extraLabels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.cloud.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.monitoringLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: cloud
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (or (hasKey (default dict $.Values.cloud.extraLabels) $key) (hasKey (default dict $.Values.monitoring.labels) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := omit (default dict .Values.cloud.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 57 | trimAll "-._") "cloud" }}
{{- end }}

{{- define "wallarm-oob.cloud.persistenceAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.cloud.extraAnnotations) $key) (hasKey (default dict $.Values.cloud.persistence.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.cloud.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.cloud.persistence.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.cloud.persistence.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.serviceAccountAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.cloud.extraAnnotations) $key) (hasKey (default dict $.Values.cloud.serviceAccount.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.cloud.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.cloud.serviceAccount.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.cloud.serviceAccount.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.cloud.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.cloud.name" .) "default" .Values.cloud.serviceAccount.create) .Values.cloud.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.cloud.serviceAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.cloud.extraAnnotations) $key) (hasKey (default dict $.Values.cloud.service.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.cloud.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.cloud.service.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.cloud.service.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.common.annotations" -}}
{{- with .Values.extraAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.common.dashboardAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.monitoring.grafanaDashboard.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.monitoring.grafanaDashboard.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.common.dashboardLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.grafanaDashboard.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.grafanaDashboard.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.common.labels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.common.monitoringLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.credentials.checksum" -}}
{{- printf "%s/%s/%s" .Release.Namespace .Release.Name (ternary .Values.config.api.existingSecret.checksum .Values.config.api.token .Values.config.api.existingSecret.enabled) | sha256sum | trunc 4 | trimAll "-._" }}
{{- end }}

{{- define "wallarm-oob.credentials.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 51 | trimAll "-._") "credentials" }}
{{- end }}

{{- define "wallarm-oob.credentials.secretName" -}}
{{- required "config.api.existingSecret.secretName: \"\": set the name of the Secret that holds the token, or set config.api.existingSecret.enabled to false" (ternary .Values.config.api.existingSecret.secretName (include "wallarm-oob.credentials.name" .) .Values.config.api.existingSecret.enabled) }}
{{- end }}

{{- define "wallarm-oob.dashboard.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 53 | trimAll "-._") "dashboard" }}
{{- end }}

{{- define "wallarm-oob.fullname" -}}
{{- default (printf "%s-%s" .Release.Name (include "wallarm-oob.name" .)) .Values.fullnameOverride | trunc 63 | trimAll "-._" }}
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

{{- define "wallarm-oob.processing-discovery.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 42 | trimAll "-._") "processing-discovery" }}
{{- end }}

{{- define "wallarm-oob.processing.annotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.processing.extraAnnotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.processing.extraAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.autoscalingAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.processing.extraAnnotations) $key) (hasKey (default dict $.Values.processing.autoscaling.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.processing.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.processing.autoscaling.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.processing.autoscaling.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.config" -}}
listen: "0.0.0.0:18443"
{{- if .Values.config.connector.certificate.enabled }}
tls:
  certificate: "/etc/wallarm-oob/certs/tls.crt"
  key: "/etc/wallarm-oob/certs/tls.key"
  {{- if and .Values.config.connector.certificate.enabled .Values.config.mutualTLS (or .Values.config.connector.certificate.certManager.enabled (and .Values.config.connector.certificate.existingSecret.enabled (not (empty .Values.config.connector.certificate.existingSecret.clientName)))) }}
  clientCa: ["/etc/wallarm-oob/certs/ca.crt"]
  {{- end }}
{{- end }}
aggregation:
  host: {{ printf "%s.%s.svc" (include "wallarm-oob.aggregation.name" .) .Release.Namespace | toJson }}
  port: 3313
  {{- if and .Values.config.connector.certificate.enabled .Values.config.connector.certificate.certManager.enabled }}
  tls:
    ca: ["/etc/wallarm-oob/certs/ca.crt"]
    {{- if .Values.config.mutualTLS }}
    own:
      certificate: "/etc/wallarm-oob/certs/tls.crt"
      key: "/etc/wallarm-oob/certs/tls.key"
    {{- end }}
  {{- end }}
connector:
  allowed_hosts: {{ default list .Values.config.connector.allowed_hosts | toJson }}
  input_filters:
    inspect: {{ default list .Values.config.connector.input_filters.inspect | toJson }}
    bypass: {{ default list .Values.config.connector.input_filters.bypass | toJson }}
  route_config:
    wallarm_application: {{ int64 .Values.config.connector.route_config.wallarm_application }}
    wallarm_mode: {{ .Values.config.connector.route_config.wallarm_mode | toJson }}
    wallarm_partner_client_uuid: {{ .Values.config.connector.route_config.wallarm_partner_client_uuid | toJson }}
    routes: {{ default list .Values.config.connector.route_config.routes | toJson }}
  proxy_headers: {{ default list .Values.config.connector.proxy_headers | toJson }}
  disable_mesh: {{ .Values.config.connector.disable_mesh }}
{{- if and (not .Values.config.connector.disable_mesh) (or .Values.processing.autoscaling.enabled (gt (int64 .Values.processing.replicaCount) 1)) }}
mesh:
  listen: "0.0.0.0:9009"
  service: {{ printf "%s.%s.svc" (include "wallarm-oob.processing-discovery.name" .) .Release.Namespace | toJson }}
{{- end }}
log:
  level: {{ .Values.config.connector.log.level | toJson }}
  pretty: {{ .Values.config.connector.log.pretty }}
metrics:
  enabled: {{ .Values.processing.metrics.enabled }}
  listen: {{ printf "0.0.0.0:%d" (int64 .Values.processing.metrics.port) | toJson }}
  path: {{ .Values.processing.metrics.path | toJson }}
health:
  listen: "0.0.0.0:18080"
{{- range $key, $value := omit (default dict .Values.config.processing.extraConfig) "listen" "tls" "aggregation" "connector" "mesh" "log" "metrics" "health" }}
{{ $key | toJson }}: {{ $value | toJson }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.image" -}}
{{- default (ternary (printf "%s@%s" (printf "%s/%s" (default .Values.config.images.processing.registry .Values.global.imageRegistry) .Values.config.images.processing.name) .Values.config.images.processing.digest) (printf "%s:%s" (printf "%s/%s" (default .Values.config.images.processing.registry .Values.global.imageRegistry) .Values.config.images.processing.name) (default .Chart.AppVersion .Values.config.images.processing.tag)) (not (empty .Values.config.images.processing.digest)) | trimPrefix "/") .Values.config.images.processing.fullname }}
{{- end }}

{{- define "wallarm-oob.processing.labels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: processing
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.processing.extraLabels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.processing.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.monitoringLabels" -}}
{{- include "wallarm-oob.labels" . | nindent 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: processing
{{- range $key, $value := omit (default dict .Values.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (or (hasKey (default dict $.Values.processing.extraLabels) $key) (hasKey (default dict $.Values.monitoring.labels) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := omit (default dict .Values.processing.extraLabels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- if not (hasKey (default dict $.Values.monitoring.labels) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with omit (default dict .Values.monitoring.labels) "helm.sh/chart" "helm.sh/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 52 | trimAll "-._") "processing" }}
{{- end }}

{{- define "wallarm-oob.processing.serviceAccountAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.processing.extraAnnotations) $key) (hasKey (default dict $.Values.processing.serviceAccount.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.processing.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.processing.serviceAccount.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.processing.serviceAccount.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.processing.serviceAccountName" -}}
{{- default (ternary (include "wallarm-oob.processing.name" .) "default" .Values.processing.serviceAccount.create) .Values.processing.serviceAccount.name }}
{{- end }}

{{- define "wallarm-oob.processing.serviceAnnotations" -}}
{{- range $key, $value := .Values.extraAnnotations }}
{{- if not (or (hasKey (default dict $.Values.processing.extraAnnotations) $key) (hasKey (default dict $.Values.processing.service.annotations) $key)) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.processing.extraAnnotations }}
{{- if not (hasKey (default dict $.Values.processing.service.annotations) $key) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.processing.service.annotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "wallarm-oob.selectorLabels" -}}
app.kubernetes.io/name: {{ include "wallarm-oob.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "wallarm-oob.test.name" -}}
{{- printf "%s-%s" (include "wallarm-oob.fullname" . | trunc 58 | trimAll "-._") "test" }}
{{- end }}
