// What the agent's user space costs per exchange, from the kernel's records to the frames that go to processing, and
// how the cost divides: decoding records, assembling exchanges, encoding them, sending them over the real link to a receiver
// in another thread. Processor time of the agent's thread; the kernel programs are measured by bench:capture.
// usage: npm run bench:delivery [-- SECONDS]
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { decodeBatch } from '../../runtime/agent/capture/record-decoder.ts';
import { encodeBatchFrame } from '../../runtime/agent/delivery/batch-frame.ts';
import { ExchangeEncoder } from '../../runtime/agent/delivery/exchange-encoder.ts';
import { MirrorClient } from '../../runtime/agent/delivery/mirror-client.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { connectLink } from '../../runtime/protocol/link.ts';
import { token } from './sink.ts';
import { Records, type Traffic, traffics } from './traffic.ts';

const [argument = '2'] = process.argv.slice(2);
if (!/^[1-9][0-9]{0,2}$/.test(argument)) {
  console.error('usage: npm run bench:delivery [-- SECONDS], a whole number below 1000; 2 unless told');
  process.exit(argument === '--help' ? 0 : 2);
}
const seconds = Number(argument);
const connections = 64;
const exchangesPerBatch = 1024;

type Stage = 'decode' | 'assemble' | 'encode' | 'send';

/** Processor time of this thread: other work on the machine does not count. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

interface Sink {
  readonly worker: Worker;
  readonly port: number;
}

async function startSink(): Promise<Sink> {
  const worker = new Worker(new URL('./sink.ts', import.meta.url));
  const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
  return { worker, port };
}

/** Microseconds per exchange up to and including a stage. */
async function measure({ request, response }: Traffic, last: Stage): Promise<number> {
  const records = new Records();
  const encoder = new ExchangeEncoder();
  const sink = last === 'send' ? await startSink() : undefined;
  const client =
    sink &&
    new MirrorClient({
      connect: signal => connectLink({ host: '127.0.0.1', port: sink.port, token, link: 'mirror', signal }),
      agent: 'bench',
      version: '0',
      bufferBytes: 256 * 1024 * 1024,
      log: { info() {}, warn: (details, message) => console.error(message, details) },
    });
  let sequence = 0;
  let exchanges = 0;
  const assembler = new ExchangeAssembler({
    emit: exchange => {
      exchanges++;
      if (client !== undefined) client.add(exchange);
      else if (last === 'encode') {
        encoder.append(exchange);
        if (exchanges % 500 === 0) encodeBatchFrame(++sequence, encoder.take(), new Map());
      }
    },
  });
  for (let connection = 1; connection <= connections; connection++) records.open(connection);
  for (const event of decodeBatch(records.take(), 0n).events) assembler.push(event);
  const gapBytes = Number(/Content-Length: (\d+)/.exec(response)?.[1] ?? 0);
  const started = cpuUs();
  let spent = 0;
  let counted = 0;
  for (let now = started; now - started < seconds * 1e6; now = cpuUs()) {
    for (let index = 0; index < exchangesPerBatch; index++) {
      const connection = 1 + (index % connections);
      records.data(connection, 0, request(index));
      records.data(connection, 1, response);
      records.gap(connection, gapBytes);
    }
    const batch = records.take();
    const start = cpuUs();
    const { events } = decodeBatch(batch, 0n);
    if (last !== 'decode') for (const event of events) assembler.push(event);
    // The receiver may be the slower one; waiting costs no processor time.
    while ((client?.backlog.exchanges ?? 0) > 20 * exchangesPerBatch) await setTimeout(1);
    const end = cpuUs();
    // The first third is the compiler's.
    if (end - started < (seconds * 1e6) / 3) continue;
    spent += end - start;
    counted += exchangesPerBatch;
  }
  if (client !== undefined && sink !== undefined) {
    const lost = await client.stop(10_000);
    sink.worker.postMessage('how many?');
    const [{ received }] = (await once(sink.worker, 'message')) as [{ received: number }];
    if (lost > 0 || received !== exchanges) throw new Error(`${received} of ${exchanges} exchanges arrived`);
    await sink.worker.terminate();
  }
  return spent / counted;
}

const rows = [];
for (const traffic of traffics) {
  const decode = await measure(traffic, 'decode');
  const assemble = await measure(traffic, 'assemble');
  const encode = await measure(traffic, 'encode');
  const total = await measure(traffic, 'send');
  rows.push({
    traffic: traffic.name,
    'decode µs': decode.toFixed(2),
    'assemble µs': (assemble - decode).toFixed(2),
    'encode µs': (encode - assemble).toFixed(2),
    // A difference of two measurements, which can be below their noise.
    'send µs': Math.max(0, total - encode).toFixed(2),
    'total µs': total.toFixed(2),
    'exchanges/s per core': Math.round(1e6 / total),
  });
}
console.table(rows);
