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

{{/* The settings of every program, as variables. */}}
{{- define "dealwatch.environment" -}}
- {name: DEALWATCH_BROKER, value: {{ required "kafka.broker is needed: host:port of your Kafka" .root.Values.kafka.broker | quote }}}
- {name: DEALWATCH_PREFIX, value: {{ .root.Values.kafka.prefix | quote }}}
- {name: DEALWATCH_PARTITIONS, value: {{ .root.Values.kafka.partitions | quote }}}
- {name: DEALWATCH_REPLICATION, value: {{ .root.Values.kafka.replication | quote }}}
{{- range $name, $value := .root.Values.settings }}
- {name: DEALWATCH_{{ $name | upper }}, value: {{ $value | quote }}}
{{- end }}
{{- range $variable, $secret := .root.Values.secrets }}
- name: {{ $variable }}
  valueFrom: {secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}}
{{- end }}
{{- end }}

{{- define "dealwatch.mounts" -}}
- {name: data, mountPath: /var/lib/dealwatch}
- {name: tmp, mountPath: /tmp}
{{- if .root.Values.files }}
- {name: files, mountPath: /etc/dealwatch, readOnly: true}
{{- end }}
{{- if .root.Values.plays }}
- {name: plays, mountPath: /etc/dealwatch-plays, readOnly: true}
{{- end }}
{{- end }}

{{- define "dealwatch.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 256Mi}}
{{- if .root.Values.files }}
- name: files
  configMap: {name: {{ include "dealwatch.name" .root }}-files}
{{- end }}
{{- if .root.Values.plays }}
- name: plays
  configMap: {name: {{ include "dealwatch.name" .root }}-plays}
{{- end }}
{{- end }}
