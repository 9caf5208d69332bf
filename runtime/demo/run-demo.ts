import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotRunError } from './cannot-run-error.ts';
import { Demo } from './demo.ts';
import { type Endpoint, requestsOf } from './inventory.ts';
import { LiveView } from './live-view.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { tableLines } from './table.ts';
import { plan } from './traffic.ts';

export type RunOptions = {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly withoutAgent?: boolean;
  /** `--no-install` makes it false. */
  readonly install: boolean;
};

const exitCode = { found: 0, nothing: 1, couldNotRun: 2 } as const;
const settleMs = 60_000;
/** Without an agent nothing will come; this long is watched for what must not. */
const settleWithoutAgentMs = 8000;
const live = { perSecond: 10 };

/** Runs the demo to its end and resolves with the exit code. */
export async function runDemo(options: RunOptions): Promise<number> {
  const agent = options.withoutAgent !== true;
  const view = new LiveView(process.stderr);
  const say = (line: string) => view.say(line);
  const stopping = new AbortController();
  const signalled = watchSignals(stopping);
  let demo: Demo | undefined;
  try {
    checkPrerequisites({ agent, install: options.install, say });
    say(`Starting nginx, a sample API and ${agent ? 'four' : 'three'} services`);
    demo = await Demo.start({ agent, say, onFailure: error => stopping.abort(error) });
    say(`Console: ${demo.consoleAddress}`);
    const endpoints =
      options.once === true
        ? await runOnce(demo, agent, stopping.signal, say)
        : await runLive(demo, view, stopping.signal);
    view.close();
    print(endpoints, options.json === true);
    return endpoints.length > 0 ? exitCode.found : exitCode.nothing;
  } catch (error) {
    view.close();
    const signal = signalled();
    if (signal !== undefined) return 128 + constants.signals[signal];
    const reason = stopping.signal.aborted ? stopping.signal.reason : error;
    console.error(reason instanceof CannotRunError ? reason.message : reason);
    return exitCode.couldNotRun;
  } finally {
    await demo?.stop();
  }
}

async function runOnce(
  demo: Demo,
  agent: boolean,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Endpoint[]> {
  const requests = plan();
  say(`Sending ${requests.length} requests over TLS to ${demo.apiAddress}`);
  await demo.send(requests, { signal });
  say(`Sent; ${demo.expected} of them were answered with 2xx and count. Waiting for the inventory`);
  const { endpoints, complete } = await demo.settled(agent ? settleMs : settleWithoutAgentMs, signal);
  say(
    `${endpoints.length} endpoints hold ${requestsOf(endpoints)} of ${demo.expected} requests` +
      (complete || !agent ? '' : `; gave up after ${settleMs / 1000} s`),
  );
  return endpoints;
}

/** Until Ctrl-C: traffic that does not end, and a picture of the inventory every second. */
async function runLive(demo: Demo, view: LiveView, signal: AbortSignal): Promise<Endpoint[]> {
  const traffic = (async () => {
    for (;;) {
      await demo.send(plan(), { ...live, signal }).catch(error => {
        if (signal.aborted) throw error;
        view.say(`A request failed: ${error.message}`);
      });
    }
  })();
  traffic.catch(() => {});
  let last = '';
  try {
    for (;;) {
      if (process.stderr.isTTY) await view.draw(demo);
      else last = await progress(demo, last);
      await delay(1000, undefined, { signal });
    }
  } catch (error) {
    // Ctrl-C is how it ends; anything else is a failure.
    if (!signal.aborted || signal.reason instanceof Error) throw error;
    return await demo.inventory().catch(() => []);
  }
}

/** Without a terminal: a line whenever something changed. */
async function progress(demo: Demo, last: string): Promise<string> {
  const endpoints = await demo.inventory().catch(() => undefined);
  if (endpoints === undefined) return last;
  const line = `${endpoints.length} endpoints, ${requestsOf(endpoints)} of ${demo.expected} requests accounted for`;
  if (line !== last) console.error(line);
  return line;
}

function print(endpoints: readonly Endpoint[], json: boolean): void {
  if (json) console.log(JSON.stringify({ endpoints }, undefined, 2));
  else console.log(tableLines(endpoints, process.stdout.columns ?? 200).join('\n'));
}

/**
 * The first signal asks the demo to end; npm and the shell may send it twice within moments. One that comes later
 * ends the process at once; its exit handlers still end all parts.
 */
function watchSignals(stopping: AbortController): () => NodeJS.Signals | undefined {
  let first: NodeJS.Signals | undefined;
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === undefined) {
        first = signal;
        firstMs = performance.now();
        stopping.abort(signal);
      } else if (performance.now() - firstMs > 2000) process.exit(128 + constants.signals[signal]);
    });
  }
  return () => first;
}
