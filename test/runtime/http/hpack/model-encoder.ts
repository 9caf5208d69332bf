import { staticTable } from '../../../../runtime/http/hpack/static-table.ts';
import type { RecordedField } from './record/sequence.ts';

/** What the model encoder is told to write next. */
export type Instruction =
  | { readonly kind: 'resize'; readonly bytes: number }
  /** Any entry of the static or dynamic table, by a number taken modulo their count. */
  | { readonly kind: 'indexed'; readonly pick: number }
  | {
      readonly kind: 'literal';
      readonly form: 'indexing' | 'plain' | 'never';
      /** The name: an entry's, like `pick`, or a new one. */
      readonly name: number | string;
      readonly value: string;
    };

interface Entry {
  readonly name: string;
  readonly value: string;
}

/** RFC 7541 §5.1. */
function integer(pattern: number, prefixBits: number, value: number): Buffer {
  const full = 2 ** prefixBits - 1;
  if (value < full) return Buffer.from([pattern | value]);
  const octets = [pattern | full];
  let rest = value - full;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  return Buffer.from([...octets, rest]);
}

function string(text: string): Buffer {
  const octets = Buffer.from(text, 'latin1');
  return Buffer.concat([integer(0, 7, octets.length), octets]);
}

/** An HPACK encoder written from RFC 7541 alone that uses every freedom it is given, whether or not it saves a byte. */
export class ModelEncoder {
  private entries: Entry[] = [];
  private capacity = 4096;

  /** One header block and its fields. Size updates count only before the first field (§4.2). */
  encode(instructions: readonly Instruction[]): { block: Buffer; fields: RecordedField[] } {
    const fields: RecordedField[] = [];
    const parts: Buffer[] = [];
    for (const instruction of instructions) {
      if (instruction.kind === 'resize') {
        if (fields.length > 0) continue;
        this.capacity = instruction.bytes;
        this.evict(0);
        parts.push(integer(0x20, 5, instruction.bytes));
      } else if (instruction.kind === 'indexed') {
        const { index, entry } = this.pick(instruction.pick);
        parts.push(integer(0x80, 7, index));
        fields.push([entry.name, entry.value, false]);
      } else this.literal(instruction, parts, fields);
    }
    return { block: Buffer.concat(parts), fields };
  }

  private literal(
    { form, name, value }: Extract<Instruction, { kind: 'literal' }>,
    parts: Buffer[],
    fields: RecordedField[],
  ): void {
    const [pattern, bits] = {
      indexing: [0x40, 6] as const,
      plain: [0x00, 4] as const,
      never: [0x10, 4] as const,
    }[form];
    const named = typeof name === 'number' ? this.pick(name) : undefined;
    const text = named?.entry.name ?? String(name);
    parts.push(integer(pattern, bits, named?.index ?? 0));
    if (named === undefined) parts.push(string(text));
    parts.push(string(value));
    fields.push([text, value, form === 'never']);
    if (form !== 'indexing') return;
    const bytes = text.length + value.length + 32;
    this.evict(bytes);
    if (bytes <= this.capacity) this.entries.unshift({ name: text, value });
  }

  private pick(number: number): { index: number; entry: Entry } {
    const index = 1 + (number % (61 + this.entries.length));
    const fixed = staticTable[index];
    if (fixed !== undefined) {
      return { index, entry: { name: fixed.name ?? '', value: fixed.value?.toString('latin1') ?? '' } };
    }
    return { index, entry: this.entries[index - 62] ?? { name: '', value: '' } };
  }

  /** §4.3, §4.4: until `room` bytes fit. */
  private evict(room: number): void {
    const size = (): number =>
      this.entries.reduce((sum, entry) => sum + entry.name.length + entry.value.length + 32, 0);
    while (this.entries.length > 0 && size() + room > this.capacity) this.entries.pop();
  }
}
