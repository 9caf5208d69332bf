import { access, mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buildTools, toolNames } from '../tools/tools.ts';
import { type CommandOptions, command } from './command.ts';
import { commandLines } from './control-plane.ts';
import { nodeName, nodePaths, stateFolder, statePath } from './layout.ts';
import { holdMachine } from './machine-lock.ts';
import { createNamespaces, inside, type Namespaces } from './namespaces.ts';
import { files, kubeletArguments, writeNodeFiles } from './node-files.ts';
import { makePauseImage } from './pause-image.ts';
import { createCredentials, kubeconfigPath } from './pki.ts';
import { NodeProcess } from './processes.ts';
import { tearDown } from './tear-down.ts';
import { waitUntil } from './wait.ts';

export interface Cluster {
  /** Of the administrator. Its address answers only inside the node's network: see {@link Cluster.run}. */
  readonly kubeconfig: string;
  readonly stateFolder: string;
  readonly namespaces: Namespaces;
  /** How long each part of the start took, in milliseconds. */
  readonly phases: ReadonlyMap<string, number>;
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Helm 4. */
  helm(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Runs a program of this machine in the node's network, where pods, Services and the API server answer. */
  run(program: string, args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Imports an image archive (docker-archive or oci-archive) under the names that it holds. */
  loadImage(archive: string): Promise<void>;
  /** Ends everything and removes every trace. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly progress?: (line: string) => void;
}

/** The tests of charts use these; the node does not. */
const notNeeded = ['helm3', 'kubeconform', 'registry', 'cert-manager', 'argocd'];
const needed = toolNames.filter(name => !notNeeded.includes(name));

/**
 * Starts a one-node Kubernetes cluster in its own network and mount namespaces, and returns when its node is Ready.
 *
 * One cluster runs on a machine at a time: a second caller waits. What an earlier run left behind is removed first.
 *
 * @throws Error when not root, when a tool is missing, or when a part does not start (with the end of its log)
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  if (process.getuid?.() !== 0) throw new Error('the cluster needs root: namespaces, mounts and cgroups');
  if (/^\/(var|run)\//.test(stateFolder)) {
    throw new Error(
      `the cluster cannot keep its state in ${stateFolder}, which its node hides: set TMPDIR elsewhere`,
    );
  }
  const progress = options.progress ?? (() => {});
  const tools = await buildTools(needed, progress);
  const release = await holdMachine(progress);
  const phases = new Map<string, number>();
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    phases.set(name, performance.now() - started);
    progress(`${name}: ${Math.round(performance.now() - started)} ms`);
    return result;
  };
  // Once only: after that the machine may belong to somebody else's cluster.
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= tearDown().then(release);
    return stopped;
  };
  try {
    await phase('clean up an earlier run', tearDown);
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    return await start(tools, phase, phases, stop);
  } catch (error) {
    if (!process.env.CLUSTER_KEEP_FAILED) await stop();
    throw error;
  }
}

/** Seconds on an idle machine; minutes when ten builds share its cores. */
const startLimit = { timeoutMs: 240_000 };

type Phase = <T>(name: string, work: () => Promise<T>) => Promise<T>;

async function start(
  tools: ReadonlyMap<string, string>,
  phase: Phase,
  phases: ReadonlyMap<string, number>,
  stop: () => Promise<void>,
): Promise<Cluster> {
  const tool = (name: string): string => tools.get(name) ?? name;
  const namespaces = await phase('namespaces', createNamespaces);
  const launch = (name: keyof typeof commandLines | 'kubelet', args: readonly string[]) =>
    NodeProcess.start(namespaces, name, tool(name), args, {
      PATH: `${files.binaries}:${process.env.PATH}:/usr/sbin:/sbin`,
    });

  const run = (program: string, args: readonly string[], settings: CommandOptions = {}): Promise<string> => {
    const [enter = '', ...rest] = inside(namespaces.holderPid);
    return command(enter, [...rest, program, ...args], settings);
  };
  const kubeconfig = kubeconfigPath('admin');
  const helmHome = statePath('helm');
  const helmEnv = {
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: `${helmHome}/cache`,
    HELM_CONFIG_HOME: `${helmHome}/config`,
    HELM_DATA_HOME: `${helmHome}/data`,
  };
  const cluster: Cluster = {
    kubeconfig,
    stateFolder,
    namespaces,
    phases,
    kubectl: (args, settings) => run(tool('kubectl'), ['--kubeconfig', kubeconfig, ...args], settings),
    helm: (args, settings = {}) =>
      run(tool('helm4'), args, { ...settings, env: { ...helmEnv, ...settings.env } }),
    run,
    loadImage: async archive => {
      const path = resolve(archive);
      await access(path);
      const import_ = ['--namespace', 'k8s.io', 'images', 'import', path];
      await run(tool('ctr'), ['--address', nodePaths.containerdSocket, ...import_]);
    },
    stop,
  };

  await phase('credentials and files', () => Promise.all([createCredentials(), writeNodeFiles(tools)]));
  const pause = makePauseImage();
  pause.catch(() => {}); // awaited below
  const etcd = await launch('etcd', commandLines.etcd);
  const containerd = await launch('containerd', commandLines.containerd);
  const apiServer = await launch('kube-apiserver', commandLines['kube-apiserver']);
  await phase('API server ready', () =>
    waitUntil(
      'the API server is ready',
      async () => {
        await Promise.all([etcd, apiServer].map(process => process.assertRunning()));
        return (await cluster.kubectl(['get', '--raw', '/readyz'])) === 'ok';
      },
      startLimit,
    ),
  );
  await phase('container runtime ready', () =>
    waitUntil('containerd answers', async () => {
      await containerd.assertRunning();
      return run(tool('ctr'), ['--address', nodePaths.containerdSocket, 'version']);
    }),
  );
  const archive = await pause;
  await phase('pause image', () => cluster.loadImage(archive));
  const others = await Promise.all([
    launch('kube-controller-manager', commandLines['kube-controller-manager']),
    launch('kube-scheduler', commandLines['kube-scheduler']),
    launch('kubelet', kubeletArguments),
    launch('kube-proxy', commandLines['kube-proxy']),
    launch('coredns', commandLines.coredns),
  ]);
  await phase('node Ready', () =>
    waitUntil(
      'the node is Ready and its default service account exists',
      async () => {
        await Promise.all(others.map(process => process.assertRunning()));
        const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
        const ready = await cluster.kubectl(['get', 'node', nodeName, '-o', path]);
        if (ready !== 'True') return undefined;
        return cluster.kubectl(['get', 'serviceaccount', 'default']);
      },
      startLimit,
    ),
  );
  await writeFile(statePath('ready'), new Date().toISOString());
  return cluster;
}
