// A name server for one name, as a cluster's is for a headless Service: answers A questions with `addresses`.
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export class DnsServer {
  addresses: string[] = [];
  /** Answers with SERVFAIL. */
  broken = false;
  queries = 0;
  readonly #socket: Socket = createSocket('udp4');

  /** `address:port` */
  listen(): Promise<string> {
    this.#socket.on('message', (query, { port, address }) => {
      this.queries += 1;
      this.#socket.send(this.#answer(query), port, address);
    });
    return new Promise(resolve =>
      this.#socket.bind(0, '127.0.0.1', () =>
        resolve(`127.0.0.1:${(this.#socket.address() as AddressInfo).port}`),
      ),
    );
  }

  close(): void {
    this.#socket.close();
  }

  /** RFC 1035 §4.1. The question is the first after the header of 12 octets, and comes back. */
  #answer(query: Buffer): Buffer {
    let end = 12;
    while (query[end] !== 0) end += (query[end] ?? 0) + 1;
    const question = query.subarray(12, end + 5);
    const isA = question.readUInt16BE(question.length - 4) === 1;
    const addresses = isA && !this.broken ? this.addresses : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(this.broken ? 0x8182 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map(address =>
      // A pointer to the question's name, type A, class IN, 1 s to live, 4 octets.
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
    );
    return Buffer.concat([header, question, ...records]);
  }
}
