/** One run of mocha: which files, on which Node, and what it needs from the machine. */
export interface Suite {
  readonly name: string;
  /** `installed`: the Node that runs npm, through tsx. `services`: the Node that the images ship. */
  readonly node: 'installed' | 'services';
  readonly files: readonly string[];
  readonly ignore?: readonly string[];
  /** npm scripts whose output the tests use. */
  readonly builds?: readonly ('build:bpf' | 'build:console' | 'synth')[];
  /** Needs binaries built from Go modules. */
  readonly tools?: readonly string[];
  /** Debian packages the tests run. */
  readonly packages?: readonly string[];
  readonly root?: boolean;
  /** Its temporary files are removed after it: thousands of folders, no mounts. */
  readonly temporary?: boolean;
}

/** What `npm run build:bpf` needs. */
const bpfBuild = ['clang', 'g++', 'libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'pkg-config'];

/** In the order they run: quick ones first. */
export const suites: readonly Suite[] = [
  {
    name: 'unit:constructs',
    node: 'installed',
    files: ['test/constructs/**/*.test.ts', 'test/tools/**/*.test.ts'],
    ignore: ['**/*.helm.test.ts'],
    temporary: true,
  },
  {
    name: 'unit:runtime',
    node: 'services',
    files: ['test/runtime/**/*.test.ts', 'test/bench/**/*.test.ts'],
    ignore: ['**/*.root.test.ts'],
  },
  {
    name: 'console',
    node: 'services',
    files: ['test/e2e/*.browser.test.ts'],
    builds: ['build:console'],
    packages: ['chromium'],
  },
  {
    name: 'capture',
    node: 'services',
    files: ['test/bpf/**/*.test.ts', 'test/runtime/**/*.root.test.ts', 'test/bench/**/*.root.test.ts'],
    builds: ['build:bpf'],
    packages: [
      ...bpfBuild,
      'apache2-bin',
      'gnutls-bin',
      'haproxy',
      'libssl-dev',
      'make',
      'nghttp2-client',
      'nginx-light',
      'openssl',
      'python3',
      'python3-pip',
      'wrk',
    ],
    root: true,
  },
  {
    name: 'demo',
    node: 'services',
    files: ['test/e2e/demo*.test.ts'],
    builds: ['build:bpf', 'build:console'],
    packages: [...bpfBuild, 'nginx-light', 'openssl'],
    root: true,
  },
  {
    name: 'helm',
    node: 'installed',
    files: ['test/constructs/**/*.helm.test.ts'],
    tools: ['helm4', 'helm3', 'kubeconform'],
    temporary: true,
  },
  {
    name: 'cluster',
    node: 'installed',
    files: ['test/e2e/cluster*.test.ts'],
    builds: ['build:bpf', 'build:console', 'synth'],
    tools: ['all'],
    packages: [
      ...bpfBuild,
      ...[
        'buildah',
        'conntrack',
        'debootstrap',
        'git',
        'iproute2',
        'nftables',
        'openssl',
        'redis-server',
        'runc',
      ],
    ],
    root: true,
  },
];
