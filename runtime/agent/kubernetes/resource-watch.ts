import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from '@kubernetes/client-node';
import { Backoff } from '../delivery/backoff.ts';

export interface ResourceWatchOptions<T extends KubernetesObject> {
  readonly config: KubeConfig;
  /** `/api/v1/pods` */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly list: () => Promise<KubernetesListObject<T>>;
  /** Something changed; the objects are read with `objects`. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** Longest pause before a failed list or watch is tried again, milliseconds. */
const maxDelayMs = 10_000;

/**
 * The present objects of one kind: list, then watch, resumed from the last resourceVersion after an interruption and
 * listed anew when the server has forgotten it (410). While the API cannot be reached the last known state holds.
 */
export class ResourceWatch<T extends KubernetesObject> {
  private readonly informer: ListWatch<T>;
  private readonly backoff = new Backoff(maxDelayMs);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private listed = false;

  constructor(options: ResourceWatchOptions<T>) {
    const { config, path, fieldSelector, list, onChange, onError } = options;
    this.informer = new ListWatch<T>(
      path,
      new Watch(config),
      async () => {
        const answer = await list();
        this.listed = true;
        this.backoff.reset();
        // The objects are taken over after this returns.
        setImmediate(onChange);
        return answer;
      },
      false,
      undefined,
      fieldSelector,
    );
    this.informer.on('change', onChange);
    this.informer.on('error', error => {
      if (this.stopped) return;
      onError(error);
      this.timer = setTimeout(() => void this.informer.start(), this.backoff.next());
    });
  }

  /** A list has come at least once. */
  get synced(): boolean {
    return this.listed;
  }

  get objects(): readonly T[] {
    return this.informer.list();
  }

  start(): void {
    void this.informer.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.informer.stop();
  }
}
