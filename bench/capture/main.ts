// What capturing costs the captured nginx, beside programs that place their hooks where other tools do (peers.bpf.c):
// throughput and processor time per request of its one worker, the share of requests that were reported, the agent's
// own processor time, system calls that have nothing to do with sockets, and latency at a fixed rate. Every ratio is of a
// measurement with hooks to the mean of those without, right before and right after it; the median of all rounds is printed.
//
// nginx has a processor for itself and has to be the bottleneck: the client has the other ones, never sleeps
// (busy-client.c), has its own copy of libssl (a probe on nginx' library would be one on the client too), and precedence
// over the reader of the rings. The rings hold what the reader has not read by the end of the load, and it is waited for.
// A table of its own shows throughput where nothing of that is so: an ordinary client, and a reader that competes with it.
// usage (root): npm run bench:capture [-- ROUNDS [SECONDS]] — needs npm run build:bpf, clang, gcc, nginx, openssl, wrk, h2load, taskset, chrt.
import { constants } from 'node:os';
import { Bench } from './bench.ts';
import { withBenchServers } from './bench-servers.ts';
import { measureLatency } from './latency.ts';
import { measureRequests } from './requests.ts';
import { lackingRequirement } from './requirements.ts';
import { measureSystemCalls } from './system-calls.ts';
import { runWithTracefs, tracefsMounted } from './tracefs.ts';

const couldNotRun = 2;

const [rounds = 5, seconds = 1] = process.argv.slice(2).map(argument => {
  if (/^[1-9][0-9]{0,3}$/.test(argument)) return Number(argument);
  console.error(
    'usage (root): npm run bench:capture [-- ROUNDS [SECONDS]], whole numbers; 5 rounds of 1 second unless told',
  );
  return process.exit(argument === '--help' ? 0 : couldNotRun);
});
const lacking = lackingRequirement();
if (lacking !== undefined) {
  console.error(lacking);
  process.exit(couldNotRun);
}
if (!tracefsMounted()) {
  const guard = new URL('../../runtime/end-with-parent.mjs', import.meta.url).href;
  process.exit(
    await runWithTracefs([
      process.execPath,
      '--import',
      guard,
      import.meta.filename,
      ...process.argv.slice(2),
    ]),
  );
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    stopping.abort();
  });
try {
  await withBenchServers(async servers => {
    stopping.signal.throwIfAborted();
    const bench = await Bench.open(servers, { rounds, seconds, signal: stopping.signal });
    if (!(await measureRequests(bench))) process.exitCode = 1;
    await measureSystemCalls(bench);
    await measureLatency(bench);
  });
  console.log(
    'These figures need a machine that is idle otherwise. Goals: CPU ratio 0.90 plaintext, 0.60 TLS and six times that of ' +
      'the probes on SSL_read and SSL_write, 0.95 where nginx is no target; agent at most 8 us/req; system calls 1.00; ' +
      'p99 at most 50 us added.',
  );
} catch (error) {
  // What was under way has been ended with it.
  if (!stopping.signal.aborted) throw error;
}
