const minimal = 'config: {api: {token: t}}\n';

/** Legal, and hard on readers and writers of YAML and templates: name to text of the file. */
export const unusual: Readonly<Record<string, string>> = {
  'the smallest file': minimal,
  'Windows line endings and a byte order mark': `\u{FEFF}config:\r\n  api:\r\n    token: t\r\nagent:\r\n  podAnnotations:\r\n    note: |\r\n      one\r\n      two\r\n`,
  'anchors, aliases and merge keys': `config: {api: {token: t}}
agent:
  tolerations: &everywhere
    - operator: Exists
  podLabels: &labels {team: payments, tier: "1"}
  resources: &resources
    requests: {cpu: 100m, memory: 1Gi}
processing:
  tolerations: *everywhere
  podLabels:
    <<: *labels
    tier: "2"
  containers:
    nodeNative:
      resources:
        <<: *resources
        limits: {cpu: 1}
`,
  'merge keys after and between other keys, and in lists': `config: {api: {token: t}}
extraLabels:
  one: "own"
  <<: {one: "merged", two: "merged"}
  two: "later"
extraAnnotations:
  <<: [{a: "first"}, {a: "second", b: "second"}]
  c: "own"
`,
  'a key that is there twice': `config: {api: {token: t}}
agent: {metrics: {enabled: true}, podLabels: {a: "1", a: "2"}}
agent: {metrics: {enabled: false}}
`,
  'text that is nearly a number': `config: {api: {token: t}}
extraLabels: {zone: e1, zone2: E7, dot: ., minus: "-", float: "1.5", ver: 1.2.3, range: 1-2, plus: +e1, hex: 0xZ, under: _1}
`,
  'nulls that delete maps and lists': `config: {api: {token: t}, agent: {mirror: {filters: null}, loadBalancerTrustedCIDRs: ~}}
imagePullSecrets:
agent: {tolerations: null, affinity: ~, resources: null, extraEnvs: , nodeSelector: {kubernetes.io/os: null}}
processing:
  containers:
    nodeNative: {resources: {limits: null}, livenessProbe: null, readinessProbe: {httpGet: null, tcpSocket: {port: health}}}
    wcli: {resources: null}
cloud: {nodeSelector: null, updateStrategy: null}
`,
  'empty maps and lists everywhere': `config: {api: {token: t, existingSecret: {}}, connector: {certificate: {}, route_config: {}, input_filters: {}, log: {}}, images: {}, wcli: {commands: {}}}
agent: {podLabels: {}, affinity: {}, tolerations: [], securityContext: {}, metrics: {}, updateStrategy: {}}
processing: {containers: {init: {}, wcli: {}, nodeNative: {}}, service: {}, autoscaling: {}}
aggregation: {}
cloud: {}
global: {}
extraObjects: []
`,
  'quoted numbers and words as labels and annotations': `config: {api: {token: "0123"}}
extraLabels: {version: "1.0", enabled: "true", empty: "null", octal: "0o17", old: "010", exp: "1e3", hex: "0x1F", y: "n"}
extraAnnotations: {"1.0": "2", on: "off", sexagesimal: "12:30:45", date: "2001-12-14", tilde: "~", inf: ".inf", under: "1_000", equal: "=", merge: "<<", e: "e0", plus: "+1", bin: "0b1", dot: "."}
agent: {podAnnotations: {prometheus.io/port: "8080", empty: "", blank: " ", dash: "-", q: "?", colon: ":", hash: "#", at: "@x", pct: "%x", bang: "!x", amp: "&x", star: "*x", tick: "\`x"}}
`,
  'text that looks like templates': `config: {api: {token: "{{ .Values.x }}"}}
agent:
  podAnnotations:
    a: "{{ .Release.Name }}"
    b: '{{- fail "no" }}'
    c: "{{"
    d: "}} {{/* x */}} $(POD_NAME) \${VAR}"
  extraEnvs:
    - {name: FORMAT, value: "{{.ID}}\\t{{json .}}"}
  extraArgs: ["-x", "{{ y }}"]
extraObjects:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: alerts}
    data: {text: "{{ $labels.pod }} is down: %d%%"}
`,
  'strings of several lines': `config: {api: {token: t}}
agent:
  podAnnotations:
    literal: |
      first
        indented

      last
    kept: |+
      text

    stripped: |-
      text
    folded: >
      one
      two

      three
    quoted: "a\\nb\\n"
    trailing: "blank \\nnext"
    leading: "\\n x"
    tab: "\\tx"
`,
  'text beyond ASCII': `config:
  api: {token: "pässwörd-日本語-😀"}
  aggregation: {clusterName: "Köln-東京-🚀"}
extraAnnotations: {owner: "Ünïcödé 团队", emoji: "👩‍🚀", rtl: "שלום", combining: "e\u0301", nbsp: "a\u00a0b"}
`,
  'the longest names': `config: {api: {token: t, existingSecret: {secretName: ${'s'.repeat(253)}}}}
fullnameOverride: ${'f'.repeat(63)}
nameOverride: ${'n'.repeat(63)}
agent: {serviceAccount: {name: ${'a'.repeat(253)}}, priorityClassName: ${'p'.repeat(253)}}
`,
  'environment variables from everywhere': `config: {api: {token: t}}
processing:
  containers:
    nodeNative:
      extraEnvs:
        - {name: A, value: ""}
        - name: B
          valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}
        - name: C
          valueFrom: {configMapKeyRef: {name: c, key: k}}
        - name: D
          valueFrom: {fieldRef: {apiVersion: v1, fieldPath: "metadata.labels['app.kubernetes.io/name']"}}
        - name: E
          valueFrom: {resourceFieldRef: {containerName: node-native, resource: limits.cpu, divisor: 1m}}
`,
  'tolerations with every operator': `config: {api: {token: t}}
agent:
  tolerations:
    - operator: Exists
    - {key: a, operator: Exists}
    - {key: b, operator: Equal, value: "true", effect: NoSchedule}
    - {key: c, value: "1", effect: PreferNoSchedule}
    - {key: d, operator: Exists, effect: NoExecute, tolerationSeconds: 3600}
`,
  'affinity of every kind': `config: {api: {token: t}}
processing:
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
          - matchExpressions:
              - {key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}
              - {key: gpu, operator: DoesNotExist}
              - {key: cores, operator: Gt, values: ["4"]}
            matchFields: [{key: metadata.name, operator: NotIn, values: [n1]}]
      preferredDuringSchedulingIgnoredDuringExecution:
        - {weight: 100, preference: {matchExpressions: [{key: zone, operator: Exists}]}}
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: x}}, namespaceSelector: {}}
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 1
          podAffinityTerm: {topologyKey: zone, namespaces: [a, b], labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [y]}]}}
`,
  'several filters, and everything of the connector': `config:
  api: {token: t, host: us1.api.wallarm.com, port: 443, useSSL: true, caVerify: false}
  mutualTLS: false
  agent:
    mirror:
      allNamespaces: true
      filters:
        - namespace: default
        - namespace: my-namespace
          pod_labels: {environment: production, team: "backend,ops"}
          pod_annotations: {app.kubernetes.io/name: myapp, app.kubernetes.io/instance: "a, b"}
        - node_name: my-node
        - container_name: my-container
    loadBalancerRealIPHeader: X-Forwarded-For
    loadBalancerTrustedCIDRs: [10.0.0.0/8, "2001:db8::/32", "::1/128", 0.0.0.0/0]
    extraConfig: {log: {level: debug}, custom: [1, 2.5, true]}
  processing: {nodeGroup: ""}
  connector:
    mode: connector-server
    allowed_hosts: ["*.example.com", "api-[0-9].example.org", "x?"]
    route_config:
      wallarm_application: 10
      wallarm_mode: "off"
      routes:
        - host: example.com
          wallarm_application: 1
          routes:
            - {route: /app2, wallarm_application: 2}
        - {host: api.example.com, route: "~* ^/v[0-9]+/", wallarm_application: 100, wallarm_mode: monitoring}
    input_filters:
      inspect:
        - {path: "^/api/v\\\\d+/.*", headers: {Authorization: "Bearer .*"}}
      bypass:
        - path: ".*\\\\.(png|jpg|css|js|svg)$"
        - {headers: {accept: text/html}}
        - {ip_addresses: [10.0.0.0/8, 192.0.2.1, "fd00::/8"]}
    proxy_headers:
      - {trusted_networks: [10.0.0.0/8], original_host: [X-Forwarded-Host], real_ip: [X-Forwarded-For, X-Real-IP]}
    http_inspector: {workers: 4, libdetection_enabled: true, wallarm_process_time_limit: 1s}
    per_connection_limits: {max_duration: 5m, max_requests: 100, max_received_bytes: 1000000}
    log: {pretty: true, level: warn, log_file: stderr, access_log: {enabled: false, verbose: true}}
    disable_mesh: true
  aggregation: {wstoreMemory: 1.5, serviceAddress: "[::]:3313", serviceProtocol: tcp6, metrics: {listenAddress: ":9001", protocol: tcp}}
  wcli: {logLevel: debug, commands: {syncNode: {logLevel: WARN}, exportCounters: {logLevel: INFO}}}
`,
  'numbers in every notation': `config: {api: {token: t, port: 0x1BB}, aggregation: {wstoreMemory: 1e1}}
revisionHistoryLimit: 010
processing: {replicaCount: 3, terminationGracePeriodSeconds: 1_000, containers: {nodeNative: {resources: {limits: {cpu: 1.5, memory: 4294967296}}}}}
aggregation: {containers: {wstore: {livenessProbe: {initialDelaySeconds: 0, periodSeconds: 1000000}}}}
`,
  'booleans in every notation': `config: {api: {token: t, useSSL: yes}, agent: {mirror: {allNamespaces: on}}}
agent: {metrics: {enabled: no}, serviceAccount: {create: True}}
networkPolicy: {enabled: OFF}
`,
  'volumes, mounts, containers and strategies of the user': `config: {api: {token: t}}
processing:
  updateStrategy: {type: Recreate}
  extraVolumes: [{name: v, emptyDir: {}}, {name: h, hostPath: {path: /x}}]
  extraVolumeMounts: [{name: v, mountPath: /v}]
  extraInitContainers: [{name: i, image: busybox, command: [sh, -c, "echo {{ x }}"]}]
  extraContainers: [{name: c, image: busybox, args: ["1", "true"]}]
  lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
agent:
  updateStrategy: {type: OnDelete}
  extraPorts: [{name: debug, containerPort: 6060}]
  securityContext: {privileged: true, seLinuxOptions: {level: "s0:c123,c456"}}
  extraArgs: [-config, /etc/wallarm/agent/config.yaml]
`,
  'certificates by every source, chosen or not': `config:
  api: {token: t}
  mutualTLS: true
  connector:
    certificate:
      enabled: true
      certManager: {enabled: true, issuerRef: {name: ca, kind: ClusterIssuer}}
      existingSecret: {enabled: false, name: unused}
      customSecret: {enabled: false, ca: eA==, crt: eA==, key: eA==}
`,
  'services to the outside': `config: {api: {token: t}}
processing:
  service: {type: LoadBalancer, nodePort: 30443, loadBalancerIP: 192.0.2.1, loadBalancerSourceRanges: [192.0.2.0/24], externalTrafficPolicy: Cluster, annotations: {service.beta.kubernetes.io/aws-load-balancer-type: nlb}, externalIPs: [192.0.2.9]}
aggregation:
  service: {type: NodePort, nodePort: 30313, externalTrafficPolicy: ""}
`,
  'a section of another chart beside ours in global': `config: {api: {token: t}}
global: {imageRegistry: registry.example.com, other: {deep: [1, {a: null}]}, storageClass: x}
`,
};
