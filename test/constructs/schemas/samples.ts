import { testCertificate } from './test-certificate.ts';

/**
 * For keys of the values whose content goes to Kubernetes as it is, or that Kubernetes restricts more than the schema
 * of the values does: contents that it takes. By the key's own name, the same in every section.
 */
export const samples: Readonly<Record<string, readonly unknown[]>> = {
  nameOverride: ['', 'oob'],
  fullnameOverride: ['', 'mirror'],
  imagePullSecrets: [[], [{ name: 'regcred' }, { name: 'mirror' }]],
  extraLabels: [{}, { team: 'payments', 'example.com/tier': '1.0' }],
  podLabels: [{}, { 'sidecar.istio.io/inject': 'false', yes: 'no', 'app.kubernetes.io/name': 'mine' }],
  extraAnnotations: [{}, { 'example.com/note': '{{ .Release.Name }}: "0o17", 1e3\nsecond line é😀' }],
  podAnnotations: [{}, { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', 'a.b/c': '12:30:45' }],
  annotations: [{}, { 'example.com/cost-centre': '0123' }],
  labels: [{}, { release: 'prometheus' }],
  nodeSelector: [{}, { 'kubernetes.io/arch': 'amd64', disk: 'ssd' }],
  tolerations: [
    [],
    [
      { operator: 'Exists' },
      { key: 'dedicated', operator: 'Equal', value: 'ebpf', effect: 'NoSchedule' },
      { key: 'spot', operator: 'Exists', effect: 'PreferNoSchedule' },
      {
        key: 'node.kubernetes.io/unreachable',
        effect: 'NoExecute',
        operator: 'Exists',
        tolerationSeconds: 60,
      },
    ],
  ],
  affinity: [
    {},
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'disk', operator: 'In', values: ['ssd', 'nvme'] },
                { key: 'gpu', operator: 'DoesNotExist' },
                { key: 'cores', operator: 'Gt', values: ['4'] },
              ],
              matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-1'] }],
            },
          ],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 10, preference: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] } },
        ],
      },
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: {
              topologyKey: 'topology.kubernetes.io/zone',
              labelSelector: { matchLabels: { a: 'b' } },
            },
          },
        ],
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'kubernetes.io/hostname',
            namespaces: ['shop'],
            labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x'] }] },
          },
        ],
      },
    },
  ],
  topologySpreadConstraints: [
    [],
    [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'processing' } },
      },
    ],
  ],
  priorityClassName: ['', 'system-node-critical'],
  resources: [
    {},
    {
      requests: { cpu: 1, memory: '512Mi', 'ephemeral-storage': '1Gi' },
      limits: { cpu: '2', memory: 4294967296 },
    },
  ],
  extraEnvs: [
    [],
    [
      { name: 'PLAIN', value: '0o17' },
      { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
      { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
      { name: 'FROM_FIELD', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      {
        name: 'FROM_RESOURCE',
        valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
      },
    ],
  ],
  lifecycle: [{}, { preStop: { exec: { command: ['sleep', '5'] } } }],
  securityContext: [{}, { runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false }],
  podSecurityContext: [
    {},
    { fsGroup: 1000, sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
  ],
  livenessProbe: [{}, { tcpSocket: { port: 'health' } }, { failureThreshold: 10 }],
  readinessProbe: [
    {},
    { exec: { command: ['true'] }, timeoutSeconds: 1 },
    { periodSeconds: 30, successThreshold: 2 },
  ],
  updateStrategy: [{}, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: 0 } }],
  extraContainers: [[], [{ name: 'proxy', image: 'example.com/proxy:1', ports: [{ containerPort: 8181 }] }]],
  extraInitContainers: [[], [{ name: 'wait', image: 'example.com/wait:1', command: ['true'] }]],
  extraVolumes: [
    [],
    [
      { name: 'scratch', emptyDir: {} },
      { name: 'host', hostPath: { path: '/var/tmp', type: 'Directory' } },
      { name: 'all', projected: { sources: [{ secret: { name: 's' } }, { configMap: { name: 'c' } }] } },
    ],
  ],
  // One key per container: two lists of mounts meet in it, and paths must differ.
  extraVolumeMounts: [[]],
  extraPorts: [[], [{ name: 'debug', containerPort: 6060, protocol: 'TCP' }]],
  relabelings: [
    [],
    [{ action: 'replace', sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }],
  ],
  behavior: [
    {},
    {
      scaleDown: {
        stabilizationWindowSeconds: 600,
        policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
      },
    },
  ],
  minReplicas: [1, 2],
  maxReplicas: [3, 10],
  from: [[], [{ namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }]],
  metricsFrom: [
    [],
    [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  ],
  extraEgress: [
    [],
    [
      {
        to: [{ ipBlock: { cidr: '192.0.2.1/32' } }],
        ports: [{ port: 8443, endPort: 8450, protocol: 'TCP' }],
      },
    ],
  ],
  extraObjects: [
    [],
    [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'mine' },
        data: { 'a.txt': '{{ not a template }}' },
      },
      {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'observers' },
        value: 1000,
        globalDefault: false,
      },
    ],
  ],
  issuerRef: [{}, { name: 'corporate', kind: 'ClusterIssuer', group: 'cert-manager.io' }],
  existingClaim: ['', 'data'],
  storageClass: ['', 'fast'],
  accessModes: [['ReadWriteOnce'], ['ReadWriteOncePod']],
  size: ['1Gi', '10G'],
  name: ['some-name'],
  fullname: [
    '',
    'registry.example.com/oob/part@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  ],
  registry: ['', 'registry.example.com:5000'],
  imageRegistry: ['', 'mirror.example.com'],
  tag: ['', '1.2.3'],
  className: ['', 'nginx'],
  host: ['', 'api.example.com'],
  tlsSecretName: ['', 'console-tls'],
  path: ['/metrics'],
  scrapeInterval: ['', '30s'],
  secretName: ['wallarm-api-token', 'my-token'],
  secretKey: ['token', 'API_TOKEN'],
  checksum: ['', '2'],
  loadBalancerIP: ['', '192.0.2.7'],
  loadBalancerSourceRanges: [[], ['192.0.2.0/24', '2001:db8::/32']],
  externalIPs: [[], ['192.0.2.8']],
  nodePort: [0],
  maxUnavailable: [1, '50%'],
  minAvailable: ['', '50%'],
  ca: [testCertificate.ca],
  crt: [testCertificate.crt],
  key: [testCertificate.key],
  clusterName: ['default', 'eu-1'],
};
