import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Drop, Exchange } from '../../protocol/generated/mirror.ts';

/** The exchange as it goes over the wire; encoded once, so that the buffer's size is exact. */
export function encodeExchange(exchange: Exchange): Uint8Array {
  return Exchange.encode(exchange).finish();
}

/** Tag of a length-delimited field (protobuf encoding, wire type 2). */
function lengthDelimited(field: number): number {
  return (field << 3) | 2;
}

/** Field numbers of mirror.proto. */
const agentFrameBatch = 2;
const batchSequence = 1;
const batchExchanges = 2;
const batchDropped = 3;

/** An AgentFrame with a Batch of exchanges that are encoded already. */
export function encodeBatchFrame(
  sequence: number,
  exchanges: readonly Uint8Array[],
  dropped: ReadonlyMap<string, number>,
): Uint8Array {
  const batch = new BinaryWriter();
  batch.uint32(batchSequence << 3).uint64(sequence);
  for (const exchange of exchanges) batch.uint32(lengthDelimited(batchExchanges)).bytes(exchange);
  for (const [cause, count] of dropped) {
    batch.uint32(lengthDelimited(batchDropped)).bytes(Drop.encode({ cause, exchanges: count }).finish());
  }
  return new BinaryWriter().uint32(lengthDelimited(agentFrameBatch)).bytes(batch.finish()).finish();
}
