// The thread that learns: one host at a time, nothing kept in between.
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { Endpoint } from '../../protocol/generated/upload.ts';
import { HostLearner } from './host-learner.ts';
import type { FromThread, ThreadData, ToThread } from './messages.ts';

const sliceEndpoints = 200;

const { rules } = workerData as ThreadData;
let learner: HostLearner | undefined;
let busyMs = 0;
let failure: string | undefined;

parentPort?.on('message', (message: ToThread) => {
  const begin = performance.now();
  try {
    if (message.kind === 'begin') {
      learner = new HostLearner(message.host, rules);
      busyMs = 0;
      failure = undefined;
    } else if (message.kind === 'paths') learner?.add(message.states);
    else if (failure === undefined) finish(begin);
  } catch (error) {
    failure = (error as Error).stack ?? String(error);
    learner = undefined;
  }
  busyMs += performance.now() - begin;
  if (message.kind === 'finish' && failure !== undefined) send({ kind: 'failed', reason: failure });
});

function finish(begin: number): void {
  const endpoints = (learner?.endpoints() ?? []).map(endpoint => ({
    method: endpoint.method,
    template: endpoint.template,
    operation: endpoint.operation,
    state: Endpoint.encode(endpoint).finish(),
  }));
  const templates = learner?.templates() ?? [];
  learner = undefined;
  for (let i = 0; i < endpoints.length; i += sliceEndpoints)
    send({ kind: 'endpoints', endpoints: endpoints.slice(i, i + sliceEndpoints) });
  send({ kind: 'done', busyMs: busyMs + performance.now() - begin, templates });
}

function send(message: FromThread): void {
  parentPort?.postMessage(message);
}
