// What the agent's user space costs per exchange, from the kernel's records to the frames that go to processing, and
// how the cost divides: decoding records, assembling exchanges, encoding them, sending them over the real link to a receiver
// in another thread. Processor time of the agent's thread; the kernel programs are measured by bench:capture.
// usage: npm run bench:delivery [-- SECONDS]
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { decodeBatch, recordHeaderBytes } from '../../runtime/agent/capture/record-decoder.ts';
import { encodeBatchFrame } from '../../runtime/agent/delivery/batch-frame.ts';
import { ExchangeEncoder } from '../../runtime/agent/delivery/exchange-encoder.ts';
import { MirrorClient } from '../../runtime/agent/delivery/mirror-client.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { connectLink } from '../../runtime/protocol/link.ts';
import { token } from './sink.ts';

const seconds = Number(process.argv[2] ?? 2);
const connections = 64;
const exchangesPerBatch = 1024;

interface Traffic {
  readonly name: string;
  readonly request: (index: number) => string;
  readonly response: string;
}

const body = JSON.stringify({
  id: 4711,
  name: 'Ada',
  tags: ['a', 'b'],
  price: 12.5,
  address: { city: 'London' },
});

const traffics: readonly Traffic[] = [
  {
    name: 'wrk to nginx',
    request: () => 'GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n',
    response:
      'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n',
  },
  {
    name: 'browser API call',
    request: index =>
      `POST /api/v2/customers/${index}/orders?expand=items HTTP/1.1\r\nHost: api.shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\nAccept: application/json\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\nAuthorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.0123456789abcdef\r\nCookie: session=0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\nX-Request-Id: 0f8fad5b-d9cb-469f-a165-70867728950e\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    response:
      'HTTP/1.1 201 Created\r\nServer: nginx\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 512\r\nConnection: keep-alive\r\nCache-Control: no-store\r\nX-Request-Id: 0f8fad5b-d9cb-469f-a165-70867728950e\r\nStrict-Transport-Security: max-age=63072000\r\nVary: Accept-Encoding\r\n\r\n',
  },
];

/** Appends records in the format of bpf/include/record.h. */
class Records {
  readonly parts: Buffer[] = [];
  readonly positions = new Map<string, number>();

  open(connection: number): void {
    const payload = Buffer.alloc(40);
    payload.writeUInt16LE(2, 0);
    payload.writeUInt16BE(8080, 2);
    payload.writeUInt16BE(40_000 + connection, 4);
    payload.set([10, 0, 0, 1], 8);
    payload.set([10, 0, 0, 9], 24);
    this.#add(1, 0, 1, connection, 0n, payload);
  }

  data(connection: number, direction: 0 | 1, content: string): void {
    const key = `${connection} ${direction}`;
    const position = this.positions.get(key) ?? 0;
    const payload = Buffer.from(content, 'latin1');
    this.positions.set(key, position + payload.length);
    this.#add(2, direction, 0, connection, BigInt(position), payload);
  }

  /** A response body that was left out. */
  gap(connection: number, bytes: number): void {
    const key = `${connection} 1`;
    const position = this.positions.get(key) ?? 0;
    this.positions.set(key, position + bytes);
    this.#add(3, 1, 2, connection, BigInt(position), Buffer.alloc(0), BigInt(bytes));
  }

  take(): Buffer {
    return Buffer.concat(this.parts.splice(0));
  }

  #add(
    kind: number,
    direction: number,
    detail: number,
    connection: number,
    position: bigint,
    payload: Buffer,
    bytes = 0n,
  ): void {
    const record = Buffer.alloc((recordHeaderBytes + payload.length + 7) & ~7);
    record.writeUInt8(kind, 0);
    record.writeUInt8(direction, 1);
    record.writeUInt8(detail, 3);
    record.writeUInt32LE(payload.length, 4);
    record.writeBigUInt64LE(BigInt(connection), 8);
    record.writeBigUInt64LE(process.hrtime.bigint(), 16);
    record.writeBigUInt64LE(position, 24);
    record.writeBigUInt64LE(bytes, 32);
    record.writeUInt32LE(4242, 40);
    record.write('nginx', 48, 'latin1');
    payload.copy(record, recordHeaderBytes);
    this.parts.push(record);
  }
}

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
    'send µs': (total - encode).toFixed(2),
    'total µs': total.toFixed(2),
    'exchanges/s per core': Math.round(1e6 / total),
  });
}
console.table(rows);
