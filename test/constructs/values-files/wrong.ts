/** A wrong file and the key that both ways name. */
export interface WrongFile {
  readonly text: string;
  /** Path of the key. */
  readonly names: string;
}

const inConfig = (rest: string) => `config: {api: {token: t}, ${rest}}\n`;
const besides = (rest: string) => `config: {api: {token: t}}\n${rest}\n`;

export const wrong: Readonly<Record<string, WrongFile>> = {
  'an unknown key at the top': { text: besides('agnet: {}'), names: 'agnet' },
  'an unknown key one level down': { text: besides('agent: {image: {tag: x}}'), names: 'agent.image' },
  'an unknown key two levels down': {
    text: besides('processing: {service: {portt: 1}}'),
    names: 'processing.service.portt',
  },
  'an unknown key three levels down': {
    text: besides('processing: {containers: {nodeNative: {resource: {}}}}'),
    names: 'processing.containers.nodeNative.resource',
  },
  'an unknown key four levels down': {
    text: inConfig('connector: {certificate: {certManager: {issuerRef: {nam: x}}}}'),
    names: 'config.connector.certificate.certManager.issuerRef.nam',
  },
  'a label name with a blank': {
    text: besides('agent: {podLabels: {"a b": x}}'),
    names: 'agent.podLabels["a b"]',
  },
  'a field name with a blank, deep in an affinity': {
    text: besides('processing: {affinity: {nodeAffinity: {"a b": x}}}'),
    names: 'processing.affinity.nodeAffinity["a b"]',
  },
  'a header name with a slash': {
    text: inConfig('connector: {input_filters: {bypass: [{headers: {a/b: x}}]}}'),
    names: 'config.connector.input_filters.bypass[0].headers.a/b',
  },
  'an unknown key in a filter': {
    text: inConfig('agent: {mirror: {filters: [{namespace: a}, {namspace: b}]}}'),
    names: 'config.agent.mirror.filters[1].namspace',
  },
  'a filter with no criterion': {
    text: inConfig('agent: {mirror: {filters: [{}]}}'),
    names: 'config.agent.mirror.filters[0]',
  },
  'a filter with an empty criterion': {
    text: inConfig('agent: {mirror: {filters: [{pod_labels: {}}]}}'),
    names: 'config.agent.mirror.filters[0].pod_labels',
  },
  'a filter that is null': {
    text: inConfig('agent: {mirror: {filters: [null]}}'),
    names: 'config.agent.mirror.filters[0]',
  },
  'filters that are a map': {
    text: inConfig('agent: {mirror: {filters: {namespace: a}}}'),
    names: 'config.agent.mirror.filters',
  },
  'a label of a filter that is a number': {
    text: inConfig('agent: {mirror: {filters: [{pod_labels: {a: 1}}]}}'),
    names: 'config.agent.mirror.filters[0].pod_labels.a',
  },
  'a CIDR with too long a prefix': {
    text: inConfig('agent: {loadBalancerTrustedCIDRs: [10.0.0.0/8, 10.0.0.0/33]}'),
    names: 'config.agent.loadBalancerTrustedCIDRs[1]',
  },
  'a CIDR that is an address': {
    text: inConfig('agent: {loadBalancerTrustedCIDRs: [10.0.0.1]}'),
    names: 'config.agent.loadBalancerTrustedCIDRs[0]',
  },
  'a CIDR with an octet over 255': {
    text: inConfig('agent: {loadBalancerTrustedCIDRs: [256.0.0.0/8]}'),
    names: 'config.agent.loadBalancerTrustedCIDRs[0]',
  },
  'a CIDR with a zone': {
    text: inConfig('agent: {loadBalancerTrustedCIDRs: ["fe80::1%eth0/64"]}'),
    names: 'config.agent.loadBalancerTrustedCIDRs[0]',
  },
  'a bad address in an input filter': {
    text: inConfig('connector: {input_filters: {bypass: [{ip_addresses: [not-an-ip]}]}}'),
    names: 'config.connector.input_filters.bypass[0].ip_addresses[0]',
  },
  'a bad network of a proxy': {
    text: inConfig('connector: {proxy_headers: [{trusted_networks: ["10.0.0.0/"]}]}'),
    names: 'config.connector.proxy_headers[0].trusted_networks[0]',
  },
  'a string for a switch': {
    text: inConfig('agent: {mirror: {allNamespaces: "true"}}'),
    names: 'config.agent.mirror.allNamespaces',
  },
  'a quoted number': { text: besides('processing: {replicaCount: "3"}'), names: 'processing.replicaCount' },
  'a fraction for a count': {
    text: besides('processing: {replicaCount: 1.5}'),
    names: 'processing.replicaCount',
  },
  'a negative count': { text: besides('processing: {replicaCount: -1}'), names: 'processing.replicaCount' },
  'a number for a string': { text: besides('nameOverride: 5'), names: 'nameOverride' },
  'a list for a map': { text: besides('agent: {nodeSelector: [a]}'), names: 'agent.nodeSelector' },
  'a map for a list': {
    text: besides('agent: {tolerations: {operator: Exists}}'),
    names: 'agent.tolerations',
  },
  'a string for a section': { text: besides('aggregation: big'), names: 'aggregation' },
  'a list for a section': { text: besides('cloud: []'), names: 'cloud' },
  'a section that is null': { text: besides('agent: null'), names: 'agent' },
  'a switch that is null': {
    text: besides('agent: {metrics: {enabled: null}}'),
    names: 'agent.metrics.enabled',
  },
  'an annotation that is a number': {
    text: besides('agent: {podAnnotations: {prometheus.io/port: 9090}}'),
    names: 'agent.podAnnotations.prometheus.io/port',
  },
  'a label that is a switch': { text: besides('extraLabels: {a: yes}'), names: 'extraLabels.a' },
  'a mode that does not exist': {
    text: inConfig('connector: {route_config: {wallarm_mode: blocking}}'),
    names: 'config.connector.route_config.wallarm_mode',
  },
  'the mode off without quotes': {
    text: inConfig('connector: {route_config: {wallarm_mode: off}}'),
    names: 'config.connector.route_config.wallarm_mode',
  },
  'an application that is text, deep in the routes': {
    text: inConfig('connector: {route_config: {routes: [{routes: [{wallarm_application: a}]}]}}'),
    names: 'config.connector.route_config.routes[0].routes[0].wallarm_application',
  },
  'a port out of range': { text: 'config: {api: {token: t, port: 65536}}\n', names: 'config.api.port' },
  'a host with a scheme': {
    text: 'config: {api: {token: t, host: "https://api.example.com"}}\n',
    names: 'config.api.host',
  },
  'TLS switched off': { text: 'config: {api: {token: t, useSSL: false}}\n', names: 'config.api.useSSL' },
  'no token': { text: 'agent: {}\n', names: 'config.api.token' },
  'an empty token': { text: 'config: {api: {token: ""}}\n', names: 'config.api.token' },
  'a token that is null': { text: 'config: {api: {token: null}}\n', names: 'config.api.token' },
  'a token that is a number': { text: 'config: {api: {token: 12345}}\n', names: 'config.api.token' },
  'an existing Secret without a name': {
    text: 'config: {api: {existingSecret: {enabled: true, secretName: ""}}}\n',
    names: 'config.api.existingSecret.secretName',
  },
  'certificates without a source': {
    text: inConfig('connector: {certificate: {enabled: true}}'),
    names: 'config.connector.certificate.enabled',
  },
  'two sources of certificates': {
    text: inConfig(
      'connector: {certificate: {enabled: true, certManager: {enabled: true}, existingSecret: {enabled: true, name: a}}}',
    ),
    names: 'config.connector.certificate',
  },
  'three sources of certificates': {
    text: inConfig(
      'connector: {certificate: {enabled: true, certManager: {enabled: true}, existingSecret: {enabled: true, name: a}, customSecret: {enabled: true, ca: eA==, crt: eA==, key: eA==}}}',
    ),
    names: 'config.connector.certificate',
  },
  'an existing certificate without a name': {
    text: inConfig('connector: {certificate: {enabled: true, existingSecret: {enabled: true}}}'),
    names: 'config.connector.certificate.existingSecret.name',
  },
  'a certificate of the values without its key': {
    text: inConfig(
      'connector: {certificate: {enabled: true, customSecret: {enabled: true, ca: eA==, crt: eA==}}}',
    ),
    names: 'config.connector.certificate.customSecret',
  },
  'a certificate that is not base64': {
    text: inConfig('connector: {certificate: {customSecret: {crt: "-----BEGIN"}}}'),
    names: 'config.connector.certificate.customSecret.crt',
  },
  'another port of the product': {
    text: besides('processing: {service: {port: 443}}'),
    names: 'processing.service.port',
  },
  'a key of the 0.10 line': {
    text: inConfig('aggregation: {tarantoolMemory: 2}'),
    names: 'config.aggregation.tarantoolMemory',
  },
  'a container of the 0.10 line': { text: besides('processing: {node: {}}'), names: 'processing.node' },
  'no cloud service at all': { text: besides('cloud: {enabled: false}'), names: 'config.api.host' },
  'an environment variable that is text': {
    text: besides('agent: {extraEnvs: ["A=b"]}'),
    names: 'agent.extraEnvs[0]',
  },
  'environment variables as a map': { text: besides('agent: {extraEnvs: {A: b}}'), names: 'agent.extraEnvs' },
  'a control character': { text: besides('extraAnnotations: {a: "x\\u0007y"}'), names: 'extraAnnotations.a' },
  'an extra object without a name': {
    text: besides('extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {}}]'),
    names: 'extraObjects[0].metadata.name',
  },
  'a monitoring type that does not exist': {
    text: besides('agent: {metrics: {type: Datadog}}'),
    names: 'agent.metrics.type',
  },
};
