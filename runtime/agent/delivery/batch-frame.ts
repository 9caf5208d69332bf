import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Drop } from '../../protocol/generated/mirror.ts';

/** Tag of a length-delimited field (protobuf encoding, wire type 2). */
function lengthDelimited(field: number): number {
  return (field << 3) | 2;
}

/** Field numbers of mirror.proto. */
const agentFrameBatch = 2;
const batchSequence = 1;
const batchDropped = 3;

/** An AgentFrame with a Batch whose `exchanges` fields are encoded already. */
export function encodeBatchFrame(
  sequence: number,
  exchanges: Uint8Array,
  dropped: ReadonlyMap<string, number>,
): Uint8Array {
  const batch = new BinaryWriter();
  batch.uint32(batchSequence << 3).uint64(sequence);
  batch.raw(exchanges);
  for (const [cause, count] of dropped) {
    batch.uint32(lengthDelimited(batchDropped)).bytes(Drop.encode({ cause, exchanges: count }).finish());
  }
  return new BinaryWriter().uint32(lengthDelimited(agentFrameBatch)).bytes(batch.finish()).finish();
}
