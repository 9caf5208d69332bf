// Traffic as records of the kernel programs, for measurements without a kernel.
import { recordHeaderBytes } from '../../runtime/agent/capture/record-decoder.ts';

export interface Traffic {
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

export const traffics: readonly Traffic[] = [
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

/** Makes records in the format of bpf/include/record.h. */
export class Records {
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
