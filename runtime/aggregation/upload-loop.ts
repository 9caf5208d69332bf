// The rhythm of the service: work out the endpoints of hosts with news, then upload what changed.
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Backoff } from '../protocol/backoff.ts';
import type { Template } from '../protocol/generated/findings.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import type { Log } from '../service/log.ts';
import type { AggregationMetrics } from './aggregation-metrics.ts';
import type { LearningWorker } from './learning/learning-worker.ts';
import type { EndpointStore } from './store/endpoint-store.ts';
import type { DirtyHost, PathReader } from './store/path-reader.ts';
import type { Uploader } from './uploader.ts';

export interface UploadLoopOptions {
  paths: PathReader;
  endpoints: EndpointStore;
  learning: Pick<LearningWorker, 'learn'>;
  uploader: Pick<Uploader, 'send'>;
  /** Told the templates of a host each time it was learnt. */
  onTemplates?: (host: string, templates: readonly Template[]) => void;
  clusterName: string;
  uploadIntervalMs: number;
  metrics: AggregationMetrics;
  log: Log;
}

/** Endpoints of one upload, and its encoded size from which it is cut; the cloud takes 16 MiB. */
const maxEndpoints = 1000;
const maxUploadBytes = 4 * 1024 * 1024;

/** Learning may take this share of the time; a large host is learnt less often instead of starving the findings. */
const learningShare = 0.2;

export class UploadLoop {
  readonly #options: UploadLoopOptions;
  readonly #stopping = new AbortController();
  readonly #cluster: string;
  #timer: NodeJS.Timeout | undefined;
  #learnAgainAt = 0;
  #learning: Promise<void> | undefined;
  #uploading: Promise<void> | undefined;
  readonly #failingHosts = new Set<number>();
  #stoppingSoon = false;
  /** Ends the pause between two attempts. */
  #wake: (() => void) | undefined;

  constructor(options: UploadLoopOptions) {
    this.#options = options;
    this.#cluster = options.endpoints.clusterId();
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.uploadIntervalMs);
  }

  /** Learns what is new and tries one last upload, for at most `timeoutMs`. What fails is logged: it is on disk. */
  async stop(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    const deadline = setTimeout(() => this.#stopping.abort(), timeoutMs);
    await this.learn();
    // An upload that keeps failing is not waited for: what it carries is on disk.
    this.#stoppingSoon = true;
    this.#wake?.();
    await this.#uploading;
    if (!this.#stopping.signal.aborted) await this.#uploadAll();
    clearTimeout(deadline);
    this.#stopping.abort();
  }

  /** Brings the endpoints of every host with news up to date. What cannot be is logged and tried again next time. */
  learn(): Promise<void> {
    this.#learning ??= this.#learnAll().finally(() => {
      this.#learning = undefined;
    });
    return this.#learning;
  }

  async #learnAll(): Promise<void> {
    const { paths, endpoints, metrics, log } = this.#options;
    try {
      for (const host of paths.dirtyHosts()) {
        if (this.#stopping.signal.aborted) return;
        try {
          await this.#learnHost(host);
          this.#failingHosts.delete(host.id);
        } catch (error) {
          metrics.learningFailed();
          // Tried at every tick, said once: the other hosts go on meanwhile.
          if (!this.#failingHosts.has(host.id))
            log.error({ err: error, host: host.name }, 'endpoints of a host could not be worked out');
          this.#failingHosts.add(host.id);
        }
      }
      metrics.pendingEndpoints(endpoints.pendingCount());
    } catch (error) {
      metrics.learningFailed();
      log.error({ err: error }, 'endpoints could not be worked out; trying again');
    }
  }

  /** Findings and health checks are answered meanwhile; findings that come keep the host dirty. */
  async #learnHost({ id, name }: DirtyHost): Promise<void> {
    const { paths, endpoints, learning, metrics } = this.#options;
    paths.begin(id);
    const learnt = await learning.learn(name, paths.slices(id));
    const changed = await endpoints.replace(name, learnt.endpoints, () => paths.markClean(id), setImmediate);
    this.#options.onTemplates?.(name, learnt.templates);
    metrics.learnt(learnt.busyMs / 1000, changed);
  }

  #tick(): void {
    const begin = performance.now();
    if (begin >= this.#learnAgainAt && this.#learning === undefined)
      void this.learn().then(() => {
        const end = performance.now();
        this.#learnAgainAt = end + (end - begin) / learningShare;
        this.#upload();
      });
    else this.#upload();
  }

  #upload(): void {
    this.#uploading ??= this.#uploadAll().finally(() => {
      this.#uploading = undefined;
    });
  }

  /** Until nothing is pending. Failures are repeated with growing delays up to 5 s. */
  async #uploadAll(): Promise<void> {
    const { endpoints, uploader, clusterName, metrics, log } = this.#options;
    const backoff = new Backoff(200, 5000);
    let failing = false;
    while (!this.#stopping.signal.aborted) {
      try {
        const batch = cut(endpoints.pending(maxEndpoints));
        if (batch.length === 0) return;
        const upload = { cluster: this.#cluster, clusterName, endpoints: batch };
        const { accepted } = await uploader.send(upload, this.#stopping.signal);
        endpoints.confirm(batch);
        metrics.upload('stored');
        metrics.pendingEndpoints(endpoints.pendingCount());
        if (failing) log.info('uploads to the cloud work again');
        if (accepted < batch.length)
          log.warn({ sent: batch.length, accepted }, 'the cloud refused endpoints; they are not sent again');
        failing = false;
        backoff.reset();
      } catch (error) {
        metrics.upload('failed');
        if (!failing && !this.#stopping.signal.aborted)
          log.warn({ reason: (error as Error).message }, 'upload failed; everything is kept and sent again');
        failing = true;
        if (this.#stoppingSoon) return;
        await this.#pause(backoff.next());
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function cut(endpoints: Endpoint[]): Endpoint[] {
  let bytes = 0;
  const end = endpoints.findIndex(({ host, template, parameters, statuses }) => {
    bytes += 64 + host.length + template.length + statuses.length * 16;
    for (const { name, type } of parameters) bytes += 32 + 3 * name.length + type.length;
    return bytes > maxUploadBytes;
  });
  return end < 0 ? endpoints : endpoints.slice(0, Math.max(1, end));
}
