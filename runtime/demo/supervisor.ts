// Runs the parts as child processes, each in a process group of its own: starts again what dies, and ends all of
// it, whatever happens to this process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotRunError } from './cannot-run-error.ts';

export type Part = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Asked again and again after a start, until it says yes. */
  readonly isReady: () => Promise<boolean>;
};

export type SupervisorOptions = {
  /** Where each part's output goes, as `NAME.log`. */
  readonly folder: string;
  readonly say: (line: string) => void;
  /** A part keeps dying; nothing more will be tried. */
  readonly onGivenUp: (error: Error) => void;
  /** How long a part may take to end when asked. Default 10000. */
  readonly stopMs?: number;
  /** A part was started again after its death. */
  readonly onRestarted?: (name: string) => void;
};

type Child = { readonly part: Part; process: ChildProcess; ready: Promise<void>; deaths: number[] };

const readyMs = 30_000;
const defaultStopMs = 10_000;
const deathsAllowed = 5;
const deathWindowMs = 30_000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<string, Child>();
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    // The last resort, for an exit that nobody planned: no part outlives this process.
    process.on('exit', this.#killAll);
  }

  /** Starts a part; `whenReady` tells when it works. */
  start(part: Part): void {
    const process = this.#spawn(part);
    this.#children.set(part.name, { part, process, ready: this.#untilReady(part, process), deaths: [] });
    this.#watch(part.name, process);
  }

  /** Rejects with the end of the part's log when it does not get ready within 30 s, or dies. */
  async whenReady(name: string): Promise<void> {
    const child = this.#child(name);
    for (;;) {
      const { ready } = child;
      const failure = await ready.then(
        () => undefined,
        (error: unknown) => error,
      );
      // It was started again meanwhile: what counts is the present process.
      if (child.ready !== ready) continue;
      if (failure !== undefined) throw failure;
      return;
    }
  }

  pid(name: string): number {
    return this.#child(name).process.pid ?? -1;
  }

  names(): string[] {
    return [...this.#children.keys()];
  }

  /** Ends a part at once, as a crash would; it is started again. */
  kill(name: string): void {
    signalGroup(this.#child(name).process, 'SIGKILL');
  }

  /** Asks every part to end, the last started first, and ends those that do not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { stopMs = defaultStopMs } = this.#options;
    for (const { process } of [...this.#children.values()].reverse()) {
      signalGroup(process, 'SIGTERM');
      const deadlineMs = performance.now() + stopMs;
      while (isRunning(process) && performance.now() < deadlineMs) await delay(20);
    }
    this.#killAll();
    process.off('exit', this.#killAll);
  }

  readonly #killAll = (): void => {
    this.#stopping = true;
    for (const { process } of this.#children.values()) signalGroup(process, 'SIGKILL');
  };

  #child(name: string): Child {
    const child = this.#children.get(name);
    if (child === undefined)
      throw new Error(`There is no part ${name}; there are ${this.names().join(', ')}`);
    return child;
  }

  #spawn(part: Part): ChildProcess {
    const log = openSync(this.#logPath(part.name), 'a', 0o600);
    try {
      const [command, ...args] = [...endWithParent(), part.command, ...part.args];
      return spawn(command as string, args, {
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...environment(), ...part.env },
      });
    } finally {
      closeSync(log);
    }
  }

  #watch(name: string, process: ChildProcess): void {
    let done = false;
    const onEnd = (how: string) => {
      if (done) return;
      done = true;
      // Children of its own (nginx's workers) must not hold the port of the next one.
      signalGroup(process, 'SIGKILL');
      if (!this.#stopping) void this.#restart(name, how);
    };
    process.on('error', error => onEnd(error.message));
    process.on('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
  }

  async #restart(name: string, how: string): Promise<void> {
    const child = this.#child(name);
    const nowMs = performance.now();
    child.deaths = [...child.deaths.filter(atMs => nowMs - atMs < deathWindowMs), nowMs];
    if (child.deaths.length > deathsAllowed) {
      this.#options.onGivenUp(
        new CannotRunError(`${name} died ${child.deaths.length} times (${how}).\n${this.#logTail(name)}`),
      );
      return;
    }
    this.#options.say(`${name} ended (${how}); starting it again`);
    let begin = () => {};
    child.ready = new Promise(resolve => {
      begin = resolve;
    });
    await delay(100 * child.deaths.length);
    if (this.#stopping) return;
    child.process = this.#spawn(child.part);
    child.ready = this.#untilReady(child.part, child.process);
    begin();
    this.#watch(name, child.process);
    this.#options.onRestarted?.(name);
    child.ready.then(
      () => this.#options.say(`${name} works again`),
      () => {},
    );
  }

  #untilReady(part: Part, process: ChildProcess): Promise<void> {
    const wait = async () => {
      const deadlineMs = performance.now() + readyMs;
      while (!(await part.isReady().catch(() => false))) {
        if (!isRunning(process) || performance.now() > deadlineMs) {
          const why = isRunning(process)
            ? `did not get ready within ${readyMs / 1000} s`
            : 'ended while starting';
          throw new CannotRunError(`${part.name} ${why}.\n${this.#logTail(part.name)}`);
        }
        await delay(50);
      }
    };
    const ready = wait();
    ready.catch(() => {});
    return ready;
  }

  #logPath(name: string): string {
    return join(this.#options.folder, `${name}.log`);
  }

  #logTail(name: string): string {
    const lines = readFileSync(this.#logPath(name), 'utf8').trimEnd().split('\n').slice(-15);
    return ['The end of its log:', ...lines.map(line => `  ${line.slice(0, 1000)}`)].join('\n');
  }
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/** Makes the kernel end a part when this process dies without a word (prctl(2), PR_SET_PDEATHSIG). */
function endWithParent(): string[] {
  endWithParentPrefix ??=
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0
      ? ['setpriv', '--pdeathsig', 'TERM']
      : [];
  return endWithParentPrefix;
}
let endWithParentPrefix: string[] | undefined;

/** This process's environment without what would change a part's configuration. */
function environment(): NodeJS.ProcessEnv {
  const isOurs = (name: string) => name.startsWith('OOB_') || name.startsWith('WALLARM_');
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}
