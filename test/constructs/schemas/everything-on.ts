import { testCertificate } from './test-certificate.ts';

/** Values files that together make every object that the chart can make. */
const token = 'a-token-of-a-test-0123456789abcdef';

const scaled = {
  autoscaling: {
    enabled: true,
    minReplicas: 2,
    maxReplicas: 6,
    annotations: { 'example.com/owner': 'team' },
    behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
  },
};

const account = { serviceAccount: { create: true, annotations: { 'example.com/role': 'reader' } } };

export const everythingOn: Readonly<Record<string, object>> = {
  'the smallest': { config: { api: { token } } },
  'everything, certificates from cert-manager': {
    extraLabels: { team: 'security' },
    extraAnnotations: { 'example.com/contact': 'security@example.com' },
    imagePullSecrets: [{ name: 'regcred' }],
    config: {
      api: { token },
      mutualTLS: true,
      connector: { certificate: { enabled: true, certManager: { enabled: true } } },
      agent: { mirror: { filters: [{ namespace: 'shop', pod_labels: { tier: 'web,api' } }] } },
    },
    agent: { privileged: false, metrics: { type: 'Prometheus' } },
    processing: { ...scaled, ...account },
    aggregation: { ...scaled, ...account, metrics: { type: 'VictoriaMetrics' } },
    cloud: {
      ...account,
      persistence: { enabled: true, storageClass: 'fast' },
      ingress: { enabled: true, className: 'nginx', host: 'oob.example.com', tlsSecretName: 'oob-tls' },
    },
    monitoring: {
      scrapeObjects: 'always',
      labels: { release: 'prometheus' },
      prometheusRule: { enabled: true },
      grafanaDashboard: { enabled: true, annotations: { grafana_folder: 'Security' } },
    },
    networkPolicy: {
      metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
      extraEgress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }],
    },
    openshift: { scc: { create: true } },
    tests: { enabled: true },
    extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' }, data: { a: '0o17' } }],
  },
  'certificates of the values, several replicas, load balancers': {
    config: {
      api: { token },
      mutualTLS: true,
      connector: {
        certificate: { enabled: true, customSecret: { enabled: true, ...testCertificate } },
      },
    },
    processing: {
      replicaCount: 3,
      service: {
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['192.0.2.0/24'],
        annotations: { 'example.com/lb': 'internal' },
      },
      podDisruptionBudget: { minAvailable: '50%' },
    },
    aggregation: { persistence: { enabled: true }, service: { type: 'NodePort', nodePort: 30_313 } },
    cloud: { service: { type: 'NodePort' }, ingress: { enabled: true } },
    openshift: { scc: { create: true } },
    agent: { privileged: true },
  },
  'a given issuer and Secret, no cloud service': {
    fullnameOverride: 'mirror',
    config: {
      api: { existingSecret: { enabled: true }, host: 'cloud.example.com' },
      mutualTLS: true,
      connector: {
        certificate: {
          enabled: true,
          certManager: { enabled: true, issuerRef: { name: 'corporate', kind: 'ClusterIssuer' } },
        },
      },
    },
    cloud: { enabled: false },
    networkPolicy: { enabled: false },
    aggregation: { replicaCount: 2 },
  },
};
