// The service's side of the learning thread.
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Template } from '../../protocol/generated/findings.ts';
import type { LearningRules } from './host-learner.ts';
import type { FromThread, LearntEndpoint, ThreadData, ToThread } from './messages.ts';

export interface LearntHost {
  readonly endpoints: readonly LearntEndpoint[];
  /** Along which values may be replaced. */
  readonly templates: readonly Template[];
  /** Time the thread worked. */
  readonly busyMs: number;
}

export class LearningWorker {
  readonly #data: ThreadData;
  #worker: Worker | undefined;

  constructor(rules: LearningRules) {
    this.#data = { rules };
  }

  /** Starts the thread, before it is needed. One that ends is replaced at the next use. */
  start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./learning-thread.ts', import.meta.url), { workerData: this.#data });
    worker.on('error', () => {});
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  /**
   * Works out the endpoints of a host from slices of its encoded paths; the service goes on between them. One host at a
   * time. Rejects when the thread fails, for one of memory as well; the next call starts another.
   */
  async learn(host: string, slices: Iterable<readonly Uint8Array[]>): Promise<LearntHost> {
    const worker = this.start();
    const answer = answerOf(worker);
    // Whoever rejects while slices are still read must not end the process.
    answer.catch(() => {});
    try {
      send(worker, { kind: 'begin', host });
      for (const states of slices) {
        send(worker, { kind: 'paths', states });
        await setImmediate();
      }
      send(worker, { kind: 'finish' });
      return await answer;
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}

function send(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}

function answerOf(worker: Worker): Promise<LearntHost> {
  return new Promise((resolve, reject) => {
    const endpoints: LearntEndpoint[] = [];
    const onMessage = (message: FromThread): void => {
      if (message.kind === 'endpoints') {
        for (const endpoint of message.endpoints) endpoints.push(endpoint);
        return;
      }
      settle();
      if (message.kind === 'done') resolve({ ...message, endpoints });
      else reject(new Error(message.reason));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onExit = (code: number): void => {
      settle();
      reject(new Error(`the learning thread ended with ${code}`));
    };
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
