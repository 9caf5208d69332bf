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
const prefixBytes = 4;

/**
 * A frame with its length prefix, ready for the link: an AgentFrame with a Batch whose `exchanges` fields are
 * encoded already, and copied once.
 */
export function encodeBatchFrame(
  sequence: number,
  exchanges: Uint8Array,
  dropped: ReadonlyMap<string, number>,
): Buffer {
  const before = new BinaryWriter()
    .uint32(batchSequence << 3)
    .uint64(sequence)
    .finish();
  const drops = new BinaryWriter();
  for (const [cause, count] of dropped)
    drops.uint32(lengthDelimited(batchDropped)).bytes(Drop.encode({ cause, exchanges: count }).finish());
  const after = drops.finish();
  const batchBytes = before.length + exchanges.length + after.length;
  const head = new BinaryWriter().uint32(lengthDelimited(agentFrameBatch)).uint32(batchBytes).finish();
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(head.length + batchBytes);
  return Buffer.concat([prefix, head, before, exchanges, after]);
}
