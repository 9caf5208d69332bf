import { CoreV1Api, type KubeConfig, type V1Namespace, type V1Pod } from '@kubernetes/client-node';
import type { Workload } from '../../protocol/generated/mirror.ts';
import type { CaptureLog } from '../capture/capture-log.ts';
import type { Cgroup } from '../capture/cgroup.ts';
import { runningContainers } from './containers.ts';
import { ResourceWatch } from './resource-watch.ts';
import { type SelectionSettings, selected } from './selection.ts';

export interface PodTargetsOptions {
  readonly config: KubeConfig;
  readonly node: string;
  readonly settings: SelectionSettings;
  /** Undefined when the container has no cgroup (yet, or any more). */
  readonly findCgroup: (containerId: string) => Cgroup | undefined;
  /** Puts a selection in force; called when it changed, one call at a time. */
  readonly apply: (selection: ReadonlyMap<bigint, Workload>) => Promise<void>;
  readonly log: CaptureLog;
}

/** Changes that come together are handled together. */
const gatherMs = 50;
/** A container's status may come before its cgroup can be seen; a failed application is repeated as well. */
const retryMs = 250;
const errorLogIntervalMs = 30_000;

/** Keeps the selection in step with this node's pods and all namespaces, within a second of a change. */
export class PodTargets {
  /** Resolves when the first selection is in force. */
  readonly ready: Promise<void>;
  private readonly options: PodTargetsOptions;
  private readonly pods: ResourceWatch<V1Pod>;
  private readonly namespaces: ResourceWatch<V1Namespace>;
  /** By container id; a container never changes its cgroup. */
  private cgroupIds = new Map<string, bigint>();
  /** Container ids and names in force. */
  private inForce: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private busy: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private errorLoggedMs = Number.NEGATIVE_INFINITY;
  private onReady: () => void = () => {};

  constructor(options: PodTargetsOptions) {
    this.options = options;
    this.ready = new Promise(resolve => {
      this.onReady = resolve;
    });
    const { config, node } = options;
    const api = config.makeApiClient(CoreV1Api);
    const fieldSelector = `spec.nodeName=${node}`;
    const watch = {
      config,
      onChange: () => this.schedule(gatherMs),
      onError: (error: unknown) => this.reportError(error),
    };
    this.pods = new ResourceWatch<V1Pod>({
      ...watch,
      path: '/api/v1/pods',
      fieldSelector,
      list: () => api.listPodForAllNamespaces({ fieldSelector }),
    });
    this.namespaces = new ResourceWatch<V1Namespace>({
      ...watch,
      path: '/api/v1/namespaces',
      list: () => api.listNamespace(),
    });
    this.pods.start();
    this.namespaces.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.all([this.pods.stop(), this.namespaces.stop(), this.busy]);
  }

  private schedule(delayMs: number): void {
    if (this.stopped || this.timer !== undefined) return;
    if (this.busy !== undefined) {
      this.again = true;
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.busy = this.reconcile().then(retry => {
        this.busy = undefined;
        const again = this.again;
        this.again = false;
        if (again || retry) this.schedule(again ? gatherMs : retryMs);
      });
    }, delayMs);
  }

  /** True when it has to be repeated though nothing changes. */
  private async reconcile(): Promise<boolean> {
    if (!this.pods.synced || !this.namespaces.synced) return false;
    const { selection, missing } = this.select();
    const wanted = JSON.stringify([...selection].map(([id, workload]) => [String(id), workload]));
    if (wanted === this.inForce) return missing > 0;
    try {
      await this.options.apply(selection);
    } catch (error) {
      this.options.log.warn({ err: error }, 'the selection could not be put in force; it is tried again');
      return true;
    }
    this.inForce = wanted;
    this.options.log.info({ containers: selection.size, missing }, 'selection in force');
    this.onReady();
    return missing > 0;
  }

  /** What is selected now; `missing` containers run but have no cgroup that can be seen. */
  private select(): { selection: Map<bigint, Workload>; missing: number } {
    const namespaces = new Map(this.namespaces.objects.map(each => [each.metadata?.name, each]));
    const cgroupIds = new Map<string, bigint>();
    const selection = new Map<bigint, Workload>();
    let missing = 0;
    for (const pod of this.pods.objects) {
      const namespace = namespaces.get(pod.metadata?.namespace);
      for (const { id, workload } of runningContainers(pod)) {
        if (!selected(pod, namespace, workload.container, this.options.settings)) continue;
        const cgroupId = this.cgroupIds.get(id) ?? this.findCgroup(id);
        if (cgroupId === undefined) {
          missing++;
          continue;
        }
        cgroupIds.set(id, cgroupId);
        selection.set(cgroupId, workload);
      }
    }
    this.cgroupIds = cgroupIds;
    return { selection, missing };
  }

  private findCgroup(containerId: string): bigint | undefined {
    try {
      return this.options.findCgroup(containerId)?.id;
    } catch (error) {
      this.reportError(error);
      return undefined;
    }
  }

  private reportError(error: unknown): void {
    const nowMs = performance.now();
    if (nowMs - this.errorLoggedMs < errorLogIntervalMs) return;
    this.errorLoggedMs = nowMs;
    const reason = error instanceof Error ? error.message : String(error);
    this.options.log.warn(
      { reason },
      'Kubernetes: what is known of pods and namespaces may be old; it is tried again',
    );
  }
}
