import { decodeBatch } from '../../runtime/agent/capture/record-decoder.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { Records, traffics } from './traffic.ts';

const connections = 64;
const exchangesPerBatch = 512;

/**
 * Lets the compiler see the path from records to exchanges: an agent runs for weeks, a measurement for seconds, in which
 * compiling costs several microseconds per exchange, the more the fewer exchanges there are.
 */
export function warmUp(batches = 100): void {
  for (const { request, response } of traffics) {
    const records = new Records();
    const assembler = new ExchangeAssembler({ emit() {} });
    const gapBytes = Number(/Content-Length: (\d+)/.exec(response)?.[1] ?? 0);
    for (let connection = 1; connection <= connections; connection++) records.open(connection);
    for (let batch = 0; batch < batches; batch++) {
      for (let index = 0; index < exchangesPerBatch; index++) {
        const connection = 1 + (index % connections);
        records.data(connection, 0, request(index));
        records.data(connection, 1, response);
        records.gap(connection, gapBytes);
      }
      for (const event of decodeBatch(records.take(), 0n).events) assembler.push(event);
    }
    assembler.close();
  }
}
