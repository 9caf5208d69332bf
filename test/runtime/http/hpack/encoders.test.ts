import { expect } from 'chai';
import { checkRecording, type Share } from './check-sequence.ts';
import { encoderPrograms, recordProgram } from './record/encoders.ts';
import { readFixture } from './record/fixture.ts';
import { haproxyVersion, recordHaproxy } from './record/haproxy.ts';
import { recordNode } from './record/node-sessions.ts';
import type { Recording } from './record/sequence.ts';

const isSizeUpdate = (octet: number | undefined): boolean => octet !== undefined && (octet & 0xe0) === 0x20;

function report(recording: Recording, { known, total }: Share): void {
  const percent = ((100 * known) / total).toFixed(1);
  const blocks = recording.sequences.reduce((sum, { blocks }) => sum + blocks.length, 0);
  console.log(
    `        ${recording.encoder} ${recording.version}: ${recording.sequences.length} sequences, ${blocks} blocks; ` +
      `after a cut ${percent} % of ${total} fields known, 0 wrong`,
  );
}

describe('HPACK blocks of real encoders', function () {
  this.timeout(120_000);

  const recordings = readFixture();

  it('number at least 400 sequences of at least five encoders, with size updates and never-indexed fields', () => {
    expect(recordings.length).to.be.at.least(5);
    const sequences = recordings.flatMap(recording => recording.sequences);
    expect(sequences.length).to.be.at.least(400);
    const blocks = sequences.flatMap(sequence => sequence.blocks);
    expect(blocks.filter(({ block }) => isSizeUpdate(block[0])).length).to.be.at.least(300);
    expect(blocks.flatMap(({ fields }) => fields).filter(([, , never]) => never).length).to.be.at.least(300);
  });

  for (const recording of recordings) {
    it(`are decoded exactly, and never wrongly after a cut at any block: ${recording.encoder}, recorded`, () => {
      report(recording, checkRecording(recording));
    });
  }
});

describe('HPACK blocks made now by the encoders installed here', function () {
  // A Go program is built, and HAProxy started, on whatever machine this is.
  this.timeout(600_000);

  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

  it('are decoded exactly, and never wrongly after a cut at any block: node', async () => {
    const recording = await recordNode(4, seed);
    report(recording, checkRecording(recording));
  });

  for (const program of encoderPrograms.filter(candidate => candidate.installed())) {
    it(`are decoded exactly, and never wrongly after a cut at any block: ${program.name}`, () => {
      const recording = recordProgram(program, 40, seed);
      report(recording, checkRecording(recording));
    });
  }

  if (haproxyVersion() !== undefined) {
    it('are decoded exactly, and never wrongly after a cut at any block: haproxy', async () => {
      const recording = await recordHaproxy(4, seed);
      report(recording, checkRecording(recording));
    });
  }

  after(() => console.log(`        seed ${seed}`));
});
