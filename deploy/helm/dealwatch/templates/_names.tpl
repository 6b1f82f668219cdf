{{- define "dealwatch.name" -}}
{{- if contains "dealwatch" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-dealwatch{{ end }}
{{- end }}

{{- define "dealwatch.selector" -}}
app.kubernetes.io/name: dealwatch
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "dealwatch.labels" -}}
{{ include "dealwatch.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "dealwatch.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
