{{- define "drift-monitor.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters: Kubernetes adds 11 to name the Jobs of a CronJob. */}}
{{- define "drift-monitor.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "drift-monitor.selectorLabels" -}}
app.kubernetes.io/name: {{ include "drift-monitor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/*
Of everything but pods; `extraLabels` are further ones, which win over those of commonLabels. The component stays whatever names are
overridden: the program finds its CronJob by it.
*/}}
{{- define "drift-monitor.labels" -}}
{{ include "drift-monitor.selectorLabels" . }}
app.kubernetes.io/component: drift-monitor
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with merge dict (.extraLabels | default dict) (.Values.commonLabels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "drift-monitor.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "drift-monitor.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/*
A text that may have been given as a whole number: `--set image.tag=1`. In a values file 1 and 1.0 are the same number, so
which one was meant is not known.
*/}}
{{- define "drift-monitor.text" -}}
{{- if kindIs "float64" .value }}
{{- fail (printf "%s: %v is a number and could lose digits; write it in quotes." .name .value) }}
{{- end }}
{{- toString .value }}
{{- end }}

{{- define "drift-monitor.image" -}}
{{- $tag := .Values.image.tag }}
{{- if or (kindIs "invalid" $tag) (eq (toString $tag) "") }}
{{- $tag = .Chart.AppVersion }}
{{- end }}
{{- printf "%s:%s" .Values.image.repository (include "drift-monitor.text" (dict "name" "image.tag" "value" $tag)) }}
{{- end }}

{{/*
Memory for decoding: a quarter of the container's limit, as the benchmark has it (256 MiB of 1 GiB), so that a higher limit
is used. Nothing without a limit, or with one in an unusual form: the program has a default.
*/}}
{{- define "drift-monitor.memoryLimitMib" -}}
{{- $limit := dig "limits" "memory" "" (.Values.resources | default dict) }}
{{- if kindIs "float64" $limit }}
{{- $limit = int64 $limit }}
{{- end }}
{{- $limit = toString $limit }}
{{- if regexMatch "^[0-9]+([.][0-9]+)?([KMGT]i|[kMGT])?$" $limit }}
{{- $number := regexFind "^[0-9.]+" $limit }}
{{- $bytes := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 }}
{{- divf (mulf (float64 $number) (index $bytes (trimPrefix $number $limit))) 1048576 4 | int64 | max 64 }}
{{- end }}
{{- end }}

{{/* The settings file of the program. */}}
{{- define "drift-monitor.settings" -}}
{{- $settings := deepCopy (.Values.settings | default dict) }}
{{- $models := list }}
{{- range $index, $model := .Values.models }}
{{- $version := include "drift-monitor.text" (dict "name" (printf "models[%d].version" $index) "value" $model.version) }}
{{- $models = append $models (merge (dict "version" $version) $model) }}
{{- end }}
{{- $_ := set $settings "storageUrl" .Values.storage.url }}
{{- $_ := set $settings "models" $models }}
{{- with .Values.storage.logsUrl }}
{{- $_ := set $settings "logsUrl" . }}
{{- end }}
{{- $memory := include "drift-monitor.memoryLimitMib" . }}
{{- if and $memory (not (hasKey $settings "memoryLimitMib")) }}
{{- $_ := set $settings "memoryLimitMib" (int64 $memory) }}
{{- end }}
{{- if ne .Values.scale.mode "local" }}
{{- $_ := set $settings "scaleMode" .Values.scale.mode }}
{{- $_ := set $settings "scaleShardMib" .Values.scale.shardMib }}
{{- $_ := set $settings "scaleParallelism" .Values.scale.parallelism }}
{{- end }}
{{- toYaml $settings }}
{{- end }}

{{/* What no schema can say, or not in words. */}}
{{- define "drift-monitor.validate" -}}
{{- $problems := list }}
{{- if not .Values.storage.url }}
{{- $problems = append $problems "storage.url is missing: say where baselines, reports and logs lie, as in --set storage.url=https://ACCOUNT.blob.core.windows.net/CONTAINER." }}
{{- end }}
{{- if not .Values.models }}
{{- $problems = append $problems "models is empty: name at least one model to judge, as in --set models[0].name=churn --set models[0].version=v7." }}
{{- end }}
{{- range $name, $url := dict "storage.url" .Values.storage.url "storage.logsUrl" .Values.storage.logsUrl }}
{{- if regexMatch "[?&]sig=" (toString $url) }}
{{- $problems = append $problems (printf "%s holds a SAS, which everyone who may read the ConfigMap could see: put a connection string with it into a Secret and name that in storage.existingSecret." $name) }}
{{- end }}
{{- end }}
{{- if $problems }}
{{- fail (join " " $problems) }}
{{- end }}
{{- end }}
