import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCode } from '../../service/command.ts';
import { findBuildOutput, loadAddon } from '../capture/addon.ts';
import { CaptureUnavailableError } from '../capture/capture-unavailable-error.ts';
import { isKernelThread, readProcess } from '../capture/process/processes.ts';
import { hostProcessesRemedy, seesHostProcesses } from '../capture/requirements.ts';
import { isHeaderName, isNetwork } from '../config.ts';
import { toExchange } from '../exchange/assembled-exchange.ts';
import { openPipeline } from '../pipeline.ts';
import { processNameMistake } from '../process-name.ts';
import { presentCgroups, renewedTargets, staticTargets, UnknownCgroupError } from '../static-targets.ts';
import { exchangeJson } from './exchange-json.ts';
import { exchangeLine } from './exchange-line.ts';
import { LineOutput } from './line-output.ts';
import { LossReport } from './loss-report.ts';
import { OutputError, stopRequest } from './stop-request.ts';
import { CgroupHints, waitingHints } from './waiting-hints.ts';

interface ObserveOptions {
  pid?: number[];
  cgroup?: string[];
  comm?: string[];
  port?: number[];
  bodyBytes: number;
  ringBytes: number;
  realIpHeader: string;
  trustedCidr?: string[];
  rung: 'auto' | 'A' | 'B';
  returnProbes: 'auto' | 'on' | 'off';
  json: boolean;
  stats: boolean;
}

/** How often it is looked whether bytes were lost, and whether the processes live and somebody reads. */
const watchIntervalMs = 500;
/** For reading what the rings hold at the end. */
const drainMs = 10_000;

/** Whole uploads, as a rule: whoever observes wants to see them. */
const defaultBodyBytes = 2 * 1024 * 1024;
const maxBodyBytes = 64 * 1024 * 1024;
/** Printing takes longer than capturing: a burst of some hundred thousand requests waits here. */
const defaultRingBytes = 64 * 1024 * 1024;

const examples = `
Examples:
  observe --port 8080                      any process that serves this port
  observe --comm nginx --json --stats      JSON lines of nginx, all counters at the end
  observe --cgroup system.slice/api.service --port 443

Ends, with what was captured so far, at SIGINT, SIGTERM and SIGHUP (a closed terminal).
Exit codes: 0 it was ended, or nothing was left to observe; 1 the output could not be written; 2 it could not run.
`;

/** Adds `observe`: live exchanges of this machine, no Kubernetes, nothing sent anywhere. */
export function addObserveCommand(program: Command): void {
  program
    .command('observe')
    .description(
      'print the inbound HTTP exchanges of processes on this machine (needs root): those that --pid, --cgroup or ' +
        '--comm name, of these only the ports that --port names',
    )
    .option('--pid <pid>', 'this process and its children; repeatable', collect(wholeNumber(1, 4_194_304)))
    .option(
      '--cgroup <path>',
      'a cgroup v2 directory, with or without its mount, and those below; / means all; repeatable',
      collect(String),
    )
    .option(
      '--comm <name>',
      'processes of this name (/proc/PID/comm, 15 bytes at most; MainThread for Node.js 24); repeatable',
      collect(processName),
    )
    .option(
      '--port <port>',
      'only this local TCP port; alone: of any process; repeatable',
      collect(wholeNumber(1, 65_535)),
    )
    .option(
      '--body-bytes <bytes>',
      'content shown of each request at most; longer ones are marked truncated',
      wholeNumber(0, maxBodyBytes),
      defaultBodyBytes,
    )
    .option(
      '--ring-bytes <bytes>',
      'size of each of the two rings that hold what is not read yet; a power of two from 65536 to 268435456',
      powerOfTwo(65_536, 268_435_456),
      defaultRingBytes,
    )
    .option(
      '--real-ip-header <name>',
      "header with the client's address, believed of trusted peers; '' for none",
      headerName,
      'X-Real-IP',
    )
    .option('--trusted-cidr <cidr>', 'load balancers to believe; repeatable', collect(network))
    .addOption(
      new Option(
        '--rung <rung>',
        'hooks on sockets: A, their tracepoints (Linux 6.3); B, the end of all system calls; auto, A if it is there',
      )
        .choices(['auto', 'A', 'B'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--return-probes <when>',
        'probes on returns in TLS libraries: auto, where they harm nobody; on, without trying that; off, never, which ' +
          'covers fewer libraries',
      )
        .choices(['auto', 'on', 'off'])
        .default('auto'),
    )
    .option('--json', 'one JSON object per line', false)
    .option('--stats', 'print all counters as JSON on standard error at the end', false)
    .allowExcessArguments()
    .addHelpText('after', examples)
    .action(async (options: ObserveOptions, command: Command) => {
      const code = await observe(options, command.args);
      // Writes to a pipe are asynchronous: leaving at once would cut the last lines.
      await new LineOutput(process.stderr).end();
      process.exit(code);
    });
}

function collect<T>(parse: (text: string) => T): (text: string, previous?: T[]) => T[] {
  return (text, previous = []) => {
    try {
      return [...previous, parse(text)];
    } catch (error) {
      if (!(error instanceof InvalidArgumentError) || !text.includes(',')) throw error;
      throw new InvalidArgumentError(`${error.message} For more than one, repeat the option.`);
    }
  };
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

function powerOfTwo(min: number, max: number): (text: string) => number {
  return text => {
    const value = wholeNumber(min, max)(text);
    if (Number.isInteger(Math.log2(value))) return value;
    throw new InvalidArgumentError(`Expected a power of two, such as ${2 ** Math.floor(Math.log2(value))}.`);
  };
}

function processName(text: string): string {
  const mistake = processNameMistake(text);
  if (mistake !== undefined) throw new InvalidArgumentError(`Expected ${mistake}.`);
  return text;
}

function headerName(text: string): string {
  if (text === '' || isHeaderName(text)) return text;
  throw new InvalidArgumentError('Expected the name of a header field, or nothing.');
}

function network(text: string): string {
  if (isNetwork(text)) return text;
  throw new InvalidArgumentError('Expected an address such as 10.0.0.1, or a range such as 10.0.0.0/8.');
}

async function observe(options: ObserveOptions, unexpected: readonly string[]): Promise<number> {
  const [first] = unexpected;
  if (first !== undefined) {
    console.error(
      `observe: unexpected "${first}"; did you mean ${meant(first)}? (--help shows how to use it)${npmNote()}`,
    );
    return exitCode.couldNotRun;
  }
  try {
    return await observeUntilEnd(options);
  } catch (error) {
    const expected =
      error instanceof CaptureUnavailableError ||
      error instanceof UnknownCgroupError ||
      error instanceof OutputError;
    console.error(
      `observe: ${expected || !(error instanceof Error) ? (error as Error).message : error.stack}`,
    );
    return error instanceof OutputError ? exitCode.no : exitCode.couldNotRun;
  }
}

/** The options that an argument without one may belong to. */
function meant(text: string): string {
  if (/^\d+$/.test(text))
    return Number(text) > 0 && Number(text) <= 65_535 ? `--port ${text} or --pid ${text}` : `--pid ${text}`;
  return `${text.includes('/') ? '--cgroup' : '--comm'} ${text}`;
}

/** npm takes options that stand before `--` for its own, and drops them. */
function npmNote(): string {
  return process.env.npm_lifecycle_event === undefined
    ? ''
    : '\nWith npm, options stand behind "--": npm run -s agent -- observe --port 8080';
}

async function observeUntilEnd(options: ObserveOptions): Promise<number> {
  const { pid = [], cgroup = [], comm = [], port = [], trustedCidr = [], json, stats } = options;
  const nothing = pid.length === 0 && cgroup.length === 0 && comm.length === 0;
  if (nothing && port.length === 0) {
    console.error(
      `observe: say what to observe: --pid, --cgroup, --comm or --port (--help shows how to use it)${npmNote()}`,
    );
    return exitCode.couldNotRun;
  }
  const hostProcesses = seesHostProcesses();
  if (pid.length > 0 && !hostProcesses)
    throw new CaptureUnavailableError(
      [
        'in a PID namespace of its own --pid names other processes than those that the kernel knows by these numbers',
      ],
      hostProcessesRemedy,
    );
  const mistake = pid.map(pidMistake).find(text => text !== undefined);
  if (mistake !== undefined) {
    console.error(`observe: ${mistake}`);
    return exitCode.couldNotRun;
  }
  if (process.stderr.isTTY) console.error('attaching …');
  const selection = { pids: pid, comms: comm, cgroups: nothing ? ['/'] : cgroup };
  let targets = staticTargets(selection);
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const pointless = new AbortController();
  const stopped = stopRequest(pointless.signal);
  let stopping = false;
  stopped
    .finally(() => {
      stopping = true;
    })
    .catch(() => {});
  const output = new LineOutput(process.stdout);
  const pipeline = openPipeline({
    capture: {
      ports: port,
      log: warnings,
      rung: options.rung,
      returnProbes: options.returnProbes,
      ringBytes: options.ringBytes,
    },
    bodyBytes: options.bodyBytes,
    realIp: { header: options.realIpHeader, trustedCidrs: trustedCidr },
    emit: exchange => output.add(json ? exchangeJson(exchange) : exchangeLine(toExchange(exchange), colour)),
  });
  const losses = new LossReport(text => console.error(`observe: ${text}`));
  const { hasReader } = loadAddon(join(findBuildOutput(), 'capture.node'));
  const living = new Set(pid);
  let attached = false;
  const cgroupHints = new CgroupHints();
  const renew = (): void => {
    const present = presentCgroups(selection);
    for (const hint of cgroupHints.news(present.absent)) console.error(`observe: ${hint}`);
    const renewed = renewedTargets(present, targets);
    if (renewed === undefined) return;
    targets = renewed;
    pipeline.capture.setTargets(renewed).catch(error => console.error(`observe: ${error.message}`));
  };
  const timer = setInterval(() => {
    losses.watch(pipeline.capture.counters());
    if (!hasReader(process.stdout.fd)) pointless.abort();
    if (attached && !stopping) renew();
    if (!attached || pid.length === 0 || pointless.signal.aborted) return;
    const left = pipeline.capture.livingPids();
    for (const each of living) {
      if (left.includes(each)) continue;
      living.delete(each);
      console.error(
        `observe: process ${each} has ended${left.length > 0 ? '; what it started is still observed' : ''}`,
      );
    }
    if (left.length > 0 || cgroup.length > 0 || comm.length > 0) return;
    console.error('observe: nothing is left to observe');
    pointless.abort();
  }, watchIntervalMs);
  try {
    await pipeline.capture.setTargets(targets);
    attached = true;
    // Signals that came meanwhile.
    await setImmediate();
    if (!stopping) {
      console.error('ready');
      // In a PID namespace of its own the others are not seen, and may be there.
      if (hostProcesses) for (const hint of waitingHints(comm, port)) console.error(`observe: ${hint}`);
    }
    await stopped;
  } finally {
    clearInterval(timer);
    const unreadRecords = await pipeline.drain(drainMs);
    const capture = pipeline.capture.counters();
    const uncoveredTls = pipeline.capture.uncoveredTls();
    pipeline.close();
    await output.end();
    const linesDropped = output.dropped;
    losses.conclude(capture, unreadRecords, linesDropped);
    if (stats) {
      // A terminal shows ^C at the start of the line.
      if (process.stderr.isTTY) console.error();
      const exchanges = pipeline.assembler.counters;
      console.error(JSON.stringify({ capture, uncoveredTls, exchanges, unreadRecords, linesDropped }));
    }
  }
  return exitCode.success;
}

/** Why nothing can be observed of what has this number. */
function pidMistake(id: number): string | undefined {
  const process = /^Tgid:\s*(\d+)$/m.exec(readProcess(id, 'status') ?? '')?.[1];
  if (process === undefined) return `there is no process ${id}`;
  if (Number(process) !== id) return `${id} is a thread of process ${process}: give that`;
  return isKernelThread(id) ? `${id} is a thread of the kernel, which serves no HTTP` : undefined;
}

const warnings = {
  info() {},
  warn(details: object, message: string) {
    console.error(`observe: ${message}${detailsText(details)}`);
  },
};

/** `: name value, …; what the error says` */
function detailsText(details: object): string {
  const named = Object.entries(details).filter(([name]) => name !== 'err');
  const parts = [
    named.map(([name, value]) => `${name} ${value}`).join(', '),
    'err' in details && details.err instanceof Error ? details.err.message : '',
  ].filter(part => part !== '');
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
}
