{{/* What the pods of every program have in common; called with root and part. */}}
{{- define "dealwatch.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "dealwatch.containerSecurity" -}}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
{{- end }}

{{/* How a part comes into Kafka: what is said for all, and over it what is said for the part; as YAML. */}}
{{- define "dealwatch.kafka" -}}
{{- $own := (index .root.Values .part).kafka | default dict -}}
{{- mergeOverwrite (deepCopy .root.Values.kafka) (deepCopy $own) | toYaml -}}
{{- end }}

{{/* A value as people wrote it: helm makes 2e+06 of two million that stand in a file. */}}
{{- define "dealwatch.value" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* The settings of every program, as variables. */}}
{{- define "dealwatch.environment" -}}
{{- $kafka := include "dealwatch.kafka" . | fromYaml -}}
- {name: DEALWATCH_BROKER, value: {{ required "kafka.broker is needed: host:port of your Kafka" .root.Values.kafka.broker | quote }}}
- {name: DEALWATCH_PREFIX, value: {{ .root.Values.kafka.prefix | quote }}}
- {name: DEALWATCH_PARTITIONS, value: {{ .root.Values.kafka.partitions | quote }}}
- {name: DEALWATCH_REPLICATION, value: {{ .root.Values.kafka.replication | quote }}}
- {name: DEALWATCH_BROKER_PROTOCOL, value: {{ $kafka.protocol | quote }}}
{{- if hasPrefix "SASL" $kafka.protocol }}
- {name: DEALWATCH_BROKER_MECHANISM, value: {{ $kafka.mechanism | quote }}}
{{- end }}
{{- range $setting, $value := dict "user" $kafka.user "token_url" $kafka.tokenUrl "token_scope" $kafka.tokenScope }}
{{- if $value }}
- {name: DEALWATCH_BROKER_{{ $setting | upper }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
{{- range $what, $_ := $kafka.secrets }}
{{- $place := printf "%s/run/secrets/kafka/%s" (has $what (list "password" "keyPassword" "token") | ternary "file:" "") $what }}
- {name: DEALWATCH_BROKER_{{ $what | snakecase | upper }}, value: {{ $place | quote }}}
{{- end }}
- {name: DEALWATCH_LOG_FORMAT, value: {{ .root.Values.logs.format | quote }}}
- {name: DEALWATCH_LOG_LEVEL, value: {{ .root.Values.logs.level | quote }}}
{{- with .root.Values.traces }}
{{- if .endpoint }}
- {name: DEALWATCH_OTEL_ENDPOINT, value: {{ .endpoint | quote }}}
- {name: DEALWATCH_OTEL_SAMPLE_RATIO, value: {{ .sampleRatio | quote }}}
{{- end }}
{{- end }}
{{- range $name, $value := .root.Values.settings }}
- {name: DEALWATCH_{{ $name | upper }}, value: {{ include "dealwatch.value" $value | quote }}}
{{- end }}
{{- range $variable, $secret := .root.Values.secrets }}
- name: {{ $variable }}
  valueFrom: {secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}}
{{- end }}
{{- end }}

{{- define "dealwatch.mounts" -}}
- {name: data, mountPath: /var/lib/dealwatch}
- {name: tmp, mountPath: /tmp}
{{- if (include "dealwatch.kafka" . | fromYaml).secrets }}
- {name: kafka, mountPath: /run/secrets/kafka, readOnly: true}
{{- end }}
{{- if .root.Values.files }}
- {name: files, mountPath: /etc/dealwatch, readOnly: true}
{{- end }}
{{- if .root.Values.plays }}
- {name: plays, mountPath: /etc/dealwatch-plays, readOnly: true}
{{- end }}
{{- end }}

{{/* What is secret about Kafka, as files of the program's group. */}}
{{- define "dealwatch.kafkaVolume" -}}
{{- with (include "dealwatch.kafka" . | fromYaml).secrets }}
- name: kafka
  projected:
    defaultMode: 0440
    sources:
      {{- range $what, $secret := . }}
      - secret: {name: {{ $secret.name }}, items: [{key: {{ $secret.key }}, path: {{ $what }}}]}
      {{- end }}
{{- end }}
{{- end }}

{{- define "dealwatch.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 256Mi}}
{{- include "dealwatch.kafkaVolume" . }}
{{- if .root.Values.files }}
- name: files
  configMap: {name: {{ include "dealwatch.name" .root }}-files}
{{- end }}
{{- if .root.Values.plays }}
- name: plays
  configMap: {name: {{ include "dealwatch.name" .root }}-plays}
{{- end }}
{{- end }}
