/**
 * Writes the fixture ../hpack-sequences.jsonl with real encoders; all of them must be installed (Debian packages
 * libnghttp2-14, python3-hpack, haproxy; Go).
 *
 *     node runtime/node.mjs test/runtime/http/hpack/record/main.ts
 */
import { encoderPrograms, recordProgram } from './encoders.ts';
import { fixturePath, writeFixture } from './fixture.ts';
import { recordHaproxy } from './haproxy.ts';
import { recordNode } from './node-sessions.ts';

const sequencesPerEncoder = 100;
const seed = 20_261_121;

const recordings = [
  ...encoderPrograms.map((program, index) =>
    recordProgram(program, sequencesPerEncoder, seed + index * 1000),
  ),
  await recordNode(sequencesPerEncoder / 2, seed + 10_000),
  await recordHaproxy(sequencesPerEncoder / 2, seed + 20_000),
];
writeFixture(recordings);
for (const { encoder, version, sequences } of recordings) {
  const blocks = sequences.reduce((sum, { blocks }) => sum + blocks.length, 0);
  console.log(`${encoder} ${version}: ${sequences.length} sequences, ${blocks} blocks`);
}
console.log(`written: ${fixturePath.pathname}`);
