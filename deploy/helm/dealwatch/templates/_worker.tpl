{{/* One program as a StatefulSet; called with root, part (its name), role, values, replicas (none: left to the scaler),
     port names, and rocksdb. The name of a pod is the worker's name in its group, so that a restart is no rebalance. */}}
{{- define "dealwatch.worker" -}}
{{- $name := printf "%s-%s" (include "dealwatch.name" .root) .part -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "dealwatch.labels" . | nindent 4 }}
spec:
  serviceName: {{ $name }}
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  # All may start at once; an update replaces one after the other, each when the one before is ready again.
  podManagementPolicy: Parallel
  updateStrategy: {type: RollingUpdate}
  selector:
    matchLabels: {{- include "dealwatch.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "dealwatch.labels" . | nindent 8 }}
      {{- $others := omit .root.Values.files "rules.toml" }}
      {{- if $others }}
      annotations:
        dealwatch/files: {{ $others | toJson | sha256sum }}
      {{- end }}
    spec:
      {{- include "dealwatch.podSecurity" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "dealwatch.selector" . | nindent 14 }}
      containers:
        - name: worker
          image: {{ include "dealwatch.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [worker, --role, {{ .role }}]
          {{- include "dealwatch.containerSecurity" . | nindent 10 }}
          env:
            - name: DEALWATCH_GROUP_INSTANCE
              valueFrom: {fieldRef: {fieldPath: metadata.name}}
            - name: POD_IP
              valueFrom: {fieldRef: {fieldPath: status.podIP}}
            - {name: DEALWATCH_SESSION_TIMEOUT_SECONDS, value: {{ .root.Values.sessionTimeoutSeconds | quote }}}
            - {name: DEALWATCH_WEB_HOST, value: "0.0.0.0"}
            - {name: DEALWATCH_WEB_HOSTS, value: {{ join "," (concat (list "$(POD_IP)") .hosts) | quote }}}
            - {name: DEALWATCH_WEB_TOKEN, value: "file:/run/secrets/web/token"}
            {{- range $setting, $value := .settings }}
            - {name: DEALWATCH_{{ $setting | upper }}, value: {{ $value | quote }}}
            {{- end }}
            {{- if .root.Values.plays }}
            - {name: DEALWATCH_PLAYS, value: /etc/dealwatch-plays}
            {{- end }}
            {{- include "dealwatch.environment" . | nindent 12 }}
            {{- range $variable, $secret := .values.secrets }}
            - name: {{ $variable }}
              valueFrom: {secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}}
            {{- end }}
          ports:
            - {name: web, containerPort: 8787, protocol: TCP}
            {{- if eq .role "notify" }}
            # Metrics of the program beside it, which decides who is told.
            - {name: beside, containerPort: 8788, protocol: TCP}
            {{- end }}
          # Answers from the start on, also while states are read back.
          startupProbe:
            httpGet: {path: /healthz, port: web}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /healthz, port: web}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /readyz, port: web}
            periodSeconds: 3
            timeoutSeconds: 3
            failureThreshold: 3
          resources: {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            {{- include "dealwatch.mounts" . | nindent 12 }}
            - {name: web-token, mountPath: /run/secrets/web, readOnly: true}
      volumes:
        {{- if not .rocksdb }}
        - {name: data, emptyDir: {sizeLimit: 1Gi}}
        {{- end }}
        {{- include "dealwatch.volumes" . | nindent 8 }}
        - name: web-token
          secret:
            secretName: {{ required "webToken.name is needed: a Secret with the token of page and metrics" .root.Values.webToken.name }}
            items: [{key: {{ .root.Values.webToken.key }}, path: token}]
            defaultMode: 0440
  {{- if .rocksdb }}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.volume.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: {requests: {storage: {{ .values.volume.size }}}}
  {{- end }}
---
# Names for the pods; also those that are not ready, so that they can be asked why.
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "dealwatch.labels" . | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {{- include "dealwatch.selector" . | nindent 4 }}
  ports:
    - {name: web, port: 8787, targetPort: web, protocol: TCP}
    {{- if eq .role "notify" }}
    - {name: beside, port: 8788, targetPort: beside, protocol: TCP}
    {{- end }}
{{- if and .root.Values.podDisruptionBudget.enabled (or .scaled (gt (int .replicas) 1)) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "dealwatch.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "dealwatch.selector" . | nindent 6 }}
{{- end }}
{{- end }}
