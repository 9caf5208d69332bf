import { expect } from 'chai';
import { HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import type { HpackField } from '../../../../runtime/http/hpack/static-table.ts';
import type { RecordedField, Recording, Sequence } from './record/sequence.ts';

/** How much was known after a late join. */
export interface Share {
  known: number;
  total: number;
}

function plain(fields: readonly HpackField[]): RecordedField[] {
  return fields.map(({ name, value, neverIndexed }) => [
    name ?? '(unknown)',
    value?.toString('latin1') ?? '(unknown)',
    neverIndexed,
  ]);
}

/** Decoded from its start, the sequence gives exactly its fields. */
export function expectExact(sequence: Sequence, where: string): void {
  const decoder = new HpackDecoder();
  sequence.blocks.forEach(({ block, fields }, index) => {
    const decoded = decoder.decode(block);
    expect(decoded.error, `${where}, block ${index}`).to.equal(undefined);
    expect(plain(decoded.fields), `${where}, block ${index}`).to.deep.equal(fields);
  });
}

/** Decoded from block `cut` on, as after an attach in mid-connection: never a wrong field, none missing or extra. */
export function expectNeverWrong(sequence: Sequence, cut: number, where: string, share: Share): void {
  const decoder = new HpackDecoder({ fromStart: false });
  sequence.blocks.slice(cut).forEach(({ block, fields }, index) => {
    const at = `${where}, cut at ${cut}, block ${cut + index}`;
    const decoded = decoder.decode(block);
    expect(decoded.error, at).to.equal(undefined);
    expect(decoded.fields.length, at).to.equal(fields.length);
    let unknown = 0;
    decoded.fields.forEach((field, position) => {
      const [name, value, neverIndexed] = fields[position] ?? ['', '', false];
      if (field.name !== undefined && field.name !== name)
        expect.fail(`${at}: ${field.name} instead of ${name}`);
      if (field.value !== undefined && field.value.toString('latin1') !== value) {
        expect.fail(`${at}: the value of ${name} is ${field.value.toString('latin1')} instead of ${value}`);
      }
      // An indexed field comes from the table, where never-indexed ones are not.
      if (field.neverIndexed !== neverIndexed) expect.fail(`${at}: never-indexed is lost on ${name}`);
      if (field.name === undefined || field.value === undefined) unknown++;
      else share.known++;
      share.total++;
    });
    expect(decoded.unknown, at).to.equal(unknown);
  });
}

/** Checks every sequence whole and cut at every block boundary; returns the share known after a cut. */
export function checkRecording(recording: Recording): Share {
  const share: Share = { known: 0, total: 0 };
  recording.sequences.forEach((sequence, number) => {
    const where = `${recording.encoder} ${recording.version}, sequence ${number}`;
    expectExact(sequence, where);
    for (let cut = 1; cut < sequence.blocks.length; cut++) expectNeverWrong(sequence, cut, where, share);
  });
  return share;
}
