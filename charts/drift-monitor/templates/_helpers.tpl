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

{{/* Of the pods of the server. */}}
{{- define "drift-monitor.serveLabels" -}}
{{ include "drift-monitor.selectorLabels" . }}
app.kubernetes.io/component: serve
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
is used, within what the program takes. Nothing without a limit, or with one in an unusual form: the program has a default.
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
{{- divf (mulf (float64 $number) (index $bytes (trimPrefix $number $limit))) 1048576 4 | minf 1048576 | int64 | max 64 }}
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

{{/*
What keeps the program from using a storage URL (src/storage/storage-url.ts) in a pod, or nothing. The URL is not repeated: a
secret may stand in it.
*/}}
{{- define "drift-monitor.urlProblem" -}}
{{- $bare := regexReplaceAll "/+$" . "" }}
{{- $parts := concat (splitList "/" $bare) (list "" "" "" "") }}
{{- $authority := index $parts 2 }}
{{- $badEscape := regexMatch "%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)" . }}
{{- if contains "?" . }}
{{- "has a query, as a SAS is, which everyone who may read the ConfigMap could see: put a connection string with it into a Secret and name that in storage.existingSecret." }}
{{- else if regexMatch "^(?i:file):" . }}
{{- if or (not (regexMatch "^[^:]*:/(//|[^/]|$)" .)) (and $badEscape (contains "///" .)) }}
{{- "is no absolute path that can be used: write file:/PATH, where a volume is mounted." }}
{{- end }}
{{- else }}
{{- /* IP addresses and names without a dot have the account in front of the container. */}}
{{- $inPath := or (regexMatch "^([0-9.]+|\\[.*\\])(:[0-9]+)?$" $authority) (not (contains "." $authority)) }}
{{- $container := index $parts (ternary 4 3 $inPath) }}
{{- $named := regexMatch "^([$](root|web|logs)|[a-z0-9]+(-[a-z0-9]+)*)$" $container }}
{{- $sized := and (ge (len $container) 3) (le (len $container) 63) }}
{{- $odd := or $badEscape (contains "#" .) (contains "@" $authority) (contains ".dfs." $authority) (regexMatch "://.*//" $bare) }}
{{- if or $odd (not (and (regexMatch "^(?i:https?)://[^/]" .) $named $sized)) }}
{{- "is no storage URL that can be used: write https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX], or file:/PATH on a volume." }}
{{- end }}
{{- end }}
{{- end }}

{{/*
What the pod may ask of the Kubernetes API; nothing where it needs none, and then it has no token either. Fan-out makes Jobs and looks
at their pods, a retraining makes a Job from a CronJob, a sink may create Events.
*/}}
{{- define "drift-monitor.apiRules" -}}
{{- if ne .Values.scale.mode "local" }}
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, get, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list]
{{- end }}
{{- $cronJobs := list }}
{{- with dig "retraining" "job" "cronJob" "" (.Values.settings | default dict) }}
{{- $cronJobs = append $cronJobs . }}
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create]
{{- end }}
{{- $events := false }}
{{- range dig "alerts" "sinks" list (.Values.settings | default dict) }}
{{- if eq .kind "kubernetes-event" }}
{{- $events = true }}
{{- if hasPrefix "CronJob/" .object }}
{{- $cronJobs = append $cronJobs (trimPrefix "CronJob/" .object) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $events }}
- apiGroups: ['']
  resources: [events]
  verbs: [create]
{{- end }}
{{- with $cronJobs | uniq | sortAlpha }}
- apiGroups: [batch]
  resources: [cronjobs]
  resourceNames: {{ toJson . }}
  verbs: [get]
{{- end }}
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
{{- with include "drift-monitor.urlProblem" ($url | default "file:/") }}
{{- $problems = append $problems (printf "%s %s" $name .) }}
{{- end }}
{{- end }}
{{- $columns := dict "settings" (.Values.settings | default dict) }}
{{- $seen := dict }}
{{- range $index, $model := .Values.models }}
{{- $_ := set $columns (printf "models[%d]" $index) $model }}
{{- $id := printf "%v %v" $model.name $model.version }}
{{- $key := toJson (list $model.name (toString $model.version)) }}
{{- if hasKey $seen $key }}
{{- $problems = append $problems (printf "models lists %s twice: leave one of them out." $id) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- /* Helm reads values as YAML 1.1. */}}
{{- range $place, $settings := $columns }}
{{- range $name := list "columns" "importance" }}
{{- range $column := list "true" "false" }}
{{- if hasKey (get $settings $name | default dict) $column }}
{{- $problems = append $problems (printf "%s.%s has a column called %s, which is how Helm reads a name like %s: write it in quotes." $place $name $column (ternary "y, yes or on" "n, no or off" (eq $column "true"))) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.serve.enabled (not .Values.serve.tokensSecret) }}
{{- $problems = append $problems "serve.tokensSecret is missing: name a Secret that has under tokens who may ask the server, one a line: a name, scopes and the SHA-256 of the token." }}
{{- end }}
{{- if and .Values.serve.enabled .Values.serve.serviceMonitor.enabled (not .Values.serve.serviceMonitor.tokenSecret) }}
{{- $problems = append $problems "serve.serviceMonitor.tokenSecret is missing: name a Secret that has a token with the scope read, for Prometheus." }}
{{- end }}
{{- range .Values.extraVolumes }}
{{- if has .name (concat (list "settings" "tmp") (ternary (list "tokens" "spill") (list) $.Values.serve.enabled)) }}
{{- $problems = append $problems (printf "extraVolumes has %s, which is a volume of the chart itself: give it another name." .name) }}
{{- end }}
{{- end }}
{{- $labels := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" }}
{{- $podLabels := ternary $labels (append $labels "azure.workload.identity/use") (empty .Values.workloadIdentity.clientId) }}
{{- $variables := list "TMPDIR" }}
{{- if .Values.storage.existingSecret }}
{{- $variables = append $variables "AZURE_STORAGE_CONNECTION_STRING" }}
{{- end }}
{{- if ne .Values.scale.mode "local" }}
{{- $variables = concat $variables (list "POD_NAME" "POD_NAMESPACE") }}
{{- end }}
{{- if .Values.serve.enabled }}
{{- range $name := list "HOST" "PORT" "TOKENS_FILE" "SPILL_DIRECTORY" "BODY_LIMIT_MIB" "REQUESTS_PER_SECOND" "BUFFER_MIB" "GRACE_SECONDS" "CRON_JOB" }}
{{- $variables = append $variables (printf "DRIFT_SERVE_%s" $name) }}
{{- end }}
{{- if and (eq .Values.serve.checks "job") (eq .Values.scale.mode "local") }}
{{- $variables = append $variables "POD_NAMESPACE" }}
{{- end }}
{{- end }}
{{- $env := dict }}
{{- range .Values.extraEnv }}
{{- $_ := set $env .name true }}
{{- end }}
{{- range $own := list
  (list "commonLabels" .Values.commonLabels $podLabels)
  (list "podLabels" .Values.podLabels $podLabels)
  (list "prometheusRule.labels" .Values.prometheusRule.labels $labels)
  (list "serve.serviceMonitor.labels" .Values.serve.serviceMonitor.labels $labels)
  (list "grafanaDashboard.labels" .Values.grafanaDashboard.labels $labels)
  (list "extraEnv" $env $variables) }}
{{- range $key := index $own 2 }}
{{- if hasKey (index $own 1 | default dict) $key }}
{{- $problems = append $problems (printf "%s has %s, which the chart itself sets: leave it out." (index $own 0) $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $problems }}
{{- fail (join " " $problems) }}
{{- end }}
{{- end }}
