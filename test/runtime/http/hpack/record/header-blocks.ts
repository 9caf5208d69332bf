/**
 * The header blocks in one direction of a recorded HTTP/2 connection (RFC 9113 §4.3), by a reader that trusts its
 * input: it only ever sees what Node and HAProxy wrote.
 */
export function headerBlocks(stream: Buffer, fromClient: boolean): Buffer[] {
  const blocks: Buffer[] = [];
  let fragments: Buffer[] = [];
  let offset = fromClient ? 24 : 0;
  while (offset + 9 <= stream.length) {
    const length = stream.readUIntBE(offset, 3);
    const type = stream.readUInt8(offset + 3);
    const flags = stream.readUInt8(offset + 4);
    let payload = stream.subarray(offset + 9, offset + 9 + length);
    offset += 9 + length;
    if (type !== 1 && type !== 9) continue;
    if (type === 1) {
      const padding = flags & 0x8 ? payload.readUInt8(0) : 0;
      payload = payload.subarray((flags & 0x8 ? 1 : 0) + (flags & 0x20 ? 5 : 0), payload.length - padding);
    }
    fragments.push(payload);
    if ((flags & 0x4) === 0) continue;
    blocks.push(Buffer.concat(fragments));
    fragments = [];
  }
  return blocks;
}
