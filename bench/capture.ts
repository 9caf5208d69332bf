// What capturing costs the captured nginx: CPU time per request of its one worker, and throughput, without and with
// the capture, alternating in one run. CPU time is the figure to trust on a machine that does other things too.
// usage (root): node runtime/node.mjs bench/capture.ts [PAIRS] — needs npm run build:bpf, nginx, wrk, openssl.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { openCapture } from '../runtime/agent/capture/capture.ts';
import { parentInStat } from '../runtime/agent/capture/process/processes.ts';
import { startNginx, workFolder } from '../test/bpf/support.ts';

const pairs = Number(process.argv[2] ?? 3);
const seconds = 2;

function workersOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(one => one > 0)
    .filter(one => {
      try {
        return parentInStat(readFileSync(`/proc/${one}/stat`, 'utf8')) === pid;
      } catch {
        return false;
      }
    });
}

/** Nanoseconds on a CPU so far (/proc/PID/schedstat). */
function cpuNs(pids: readonly number[]): number {
  return pids.reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const folder = workFolder();
const nginx = await startNginx(folder.path, 1, 1);
const workers = workersOf(nginx.pid);

async function measure(url: string): Promise<{ perSecond: number; cpuUs: number }> {
  const before = cpuNs(workers);
  const { stdout: text } = await promisify(execFile)('wrk', ['-t1', '-c16', `-d${seconds}s`, url]);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  return { perSecond: requests / seconds, cpuUs: (cpuNs(workers) - before) / requests / 1000 };
}

const rows: Record<string, string | number>[] = [];
for (const [name, url] of [
  ['plaintext', `http://127.0.0.1:${nginx.httpPort}/`],
  ['TLS', `https://127.0.0.1:${nginx.httpsPort}/`],
] as const) {
  for (const [who, pid] of [
    ['target', nginx.pid],
    ['not a target', 1 << 22],
  ] as const) {
    let lost = 0;
    const off: { perSecond: number; cpuUs: number }[] = [];
    const on: { perSecond: number; cpuUs: number }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      off.push(await measure(url));
      const capture = openCapture({}, () => {});
      await capture.setTargets({ pids: new Set([pid]) });
      on.push(await measure(url));
      lost += capture.counters().ringFullBytes;
      capture.close();
    }
    const cpuOff = median(off.map(one => one.cpuUs));
    const cpuOn = median(on.map(one => one.cpuUs));
    rows.push({
      traffic: name,
      nginx: who,
      'CPU us/request off': cpuOff.toFixed(2),
      'CPU us/request on': cpuOn.toFixed(2),
      'CPU ratio off/on': (cpuOff / cpuOn).toFixed(3),
      'lost bytes': lost,
      'req/s off': Math.round(median(off.map(one => one.perSecond))),
      'req/s on': Math.round(median(on.map(one => one.perSecond))),
    });
  }
}
console.table(rows);
await nginx.stop();
folder.remove();
