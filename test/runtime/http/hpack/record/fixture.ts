import { readFileSync, writeFileSync } from 'node:fs';
import type { RecordedField, Recording } from './sequence.ts';

/** First line of the fixture. Fields are written once each and referred to by number: the file stays small. */
interface Header {
  readonly note: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Name, value, and 1 when never indexed. */
  readonly fields: readonly (readonly [name: string, value: string, never?: 1])[];
}

/** Every other line: one sequence; its blocks in base64, each followed by the numbers of its fields. */
interface Line {
  readonly encoder: string;
  readonly blocks: readonly (readonly [block: string, ...fields: number[]])[];
}

/** JSON Lines. */
export const fixturePath = new URL('../hpack-sequences.jsonl', import.meta.url);

export function writeFixture(recordings: readonly Recording[]): void {
  const numbers = new Map<string, number>();
  const fields: Header['fields'][number][] = [];
  const numberOf = (field: RecordedField): number => {
    const key = JSON.stringify(field);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, fields.length);
    fields.push(field[2] ? [field[0], field[1], 1] : [field[0], field[1]]);
    return fields.length - 1;
  };
  const lines = recordings.flatMap(({ sequences }) =>
    sequences.map(
      ({ encoder, blocks }): Line => ({
        encoder,
        blocks: blocks.map(({ block, fields }) => [block.toString('base64'), ...fields.map(numberOf)]),
      }),
    ),
  );
  const header: Header = {
    note: 'Written by test/runtime/http/hpack/record/main.ts: do not edit.',
    versions: Object.fromEntries(recordings.map(({ encoder, version }) => [encoder, version])),
    fields,
  };
  writeFileSync(fixturePath, [header, ...lines].map(line => `${JSON.stringify(line)}\n`).join(''));
}

const nothing: RecordedField = ['', '', false];

export function readFixture(): Recording[] {
  const [first = '', ...rest] = readFileSync(fixturePath, 'utf8').trimEnd().split('\n');
  const header = JSON.parse(first) as Header;
  const fields = header.fields.map(([name, value, never]): RecordedField => [name, value, never === 1]);
  const sequences = rest.map(text => {
    const line = JSON.parse(text) as Line;
    return {
      encoder: line.encoder,
      blocks: line.blocks.map(([block, ...numbers]) => ({
        block: Buffer.from(block, 'base64'),
        fields: numbers.map(number => fields[number] ?? nothing),
      })),
    };
  });
  return Object.entries(header.versions).map(([encoder, version]) => ({
    encoder,
    version,
    sequences: sequences.filter(sequence => sequence.encoder === encoder),
  }));
}
