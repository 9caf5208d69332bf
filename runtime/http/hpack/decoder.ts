import { BlockReader } from './block-reader.ts';
import { DynamicTable, entryOverheadBytes } from './dynamic-table.ts';
import { type HpackError, HpackSyntaxError } from './hpack-error.ts';
import { firstDynamicIndex, type HpackField, staticTable } from './static-table.ts';

export interface HpackLimits {
  /**
   * Most bytes of dynamic table kept, by the reckoning of RFC 7541 §4.1. An encoder may use a larger table: what lies
   * beyond is then unknown, never wrong.
   *
   * @default 65536
   */
  readonly tableBytes?: number;
  /**
   * Most bytes of one decoded field list, reckoned as SETTINGS_MAX_HEADER_LIST_SIZE is (RFC 9113 §6.5.2: name, value
   * and 32 for each field). Fields beyond it are decoded for the table's sake and counted, not returned.
   *
   * @default 65536
   */
  readonly listBytes?: number;
  /**
   * Longest name or value kept, bytes decoded; a longer one is returned as undefined.
   *
   * @default 65536
   */
  readonly stringBytes?: number;
}

export interface HpackOptions extends HpackLimits {
  /**
   * Every header block from the first of the connection on is given to the decoder. False: late join.
   *
   * @default true
   */
  readonly fromStart?: boolean;
}

/** A decoded header block. */
export interface HpackBlock {
  /** In order; a field's name or value is undefined where it is not known. */
  readonly fields: readonly HpackField[];
  /** How many of `fields` have an undefined name or value. */
  readonly unknown: number;
  /** Fields beyond the list limit, not returned. */
  readonly dropped: number;
  /** The first error; `fields` holds what was decoded before a syntax error. */
  readonly error?: HpackError;
}

const unknownField: HpackField = Object.freeze({ name: undefined, value: undefined, neverIndexed: false });

/**
 * HPACK decoder of a bystander (RFC 7541): one per connection and direction, fed every complete header block in
 * the order of capture. Never throws on any input and never returns a wrong field: what it cannot prove is
 * undefined. See ./README.md.
 */
export class HpackDecoder {
  private readonly table: DynamicTable;
  private readonly reader: BlockReader;
  private readonly listLimit: number;
  private fields: HpackField[] = [];
  private listBytes = 0;
  private unknown = 0;
  private dropped = 0;
  private error: HpackError | undefined;

  constructor(options: HpackOptions = {}) {
    this.table = new DynamicTable(options.tableBytes ?? 65_536, options.fromStart ?? true);
    this.reader = new BlockReader(options.stringBytes ?? 65_536);
    this.listLimit = options.listBytes ?? 65_536;
  }

  /** Bytes of dynamic table kept, by RFC 7541 §4.1. */
  get tableBytes(): number {
    return this.table.sizeBytes;
  }

  /**
   * Decodes one header block: the fragments of HEADERS or PUSH_PROMISE and its CONTINUATION frames, joined.
   * After an error, or a block that is cut short, the decoder goes on as after {@link forget}.
   */
  decode(block: Uint8Array): HpackBlock {
    this.fields = [];
    this.listBytes = 0;
    this.unknown = 0;
    this.dropped = 0;
    this.error = undefined;
    this.reader.start(block);
    let offset = 0;
    try {
      let sizeUpdateAllowed = true;
      while (!this.reader.atEnd) {
        offset = this.reader.offset;
        sizeUpdateAllowed = this.representation(sizeUpdateAllowed);
      }
    } catch (error) {
      if (!(error instanceof HpackSyntaxError)) throw error;
      this.fail({ kind: error.kind, offset });
    }
    this.reader.release();
    const { fields, unknown, dropped, error } = this;
    this.fields = [];
    return error === undefined ? { fields, unknown, dropped } : { fields, unknown, dropped, error };
  }

  /** One or more header blocks were lost: from here on as in a late join. */
  forget(): void {
    this.table.forget();
  }

  /**
   * The decoding endpoint's SETTINGS_HEADER_TABLE_SIZE binds the encoder from now on. Only needed to keep less after
   * a late join: what the encoder really uses it says in its blocks.
   *
   * @param bytes Infinity when it is not known
   */
  limitCapacity(bytes: number): void {
    this.table.limit(bytes);
  }

  /** One representation, RFC 7541 §6; returns whether a size update may follow. */
  private representation(sizeUpdateAllowed: boolean): boolean {
    const octet = this.reader.peek();
    if (octet & 0x80) this.indexed();
    else if (octet & 0x40) this.literal(6, true, false);
    else if (octet & 0x20) {
      // §4.2: at the beginning of the block.
      if (!sizeUpdateAllowed) throw new HpackSyntaxError('misplaced-size-update');
      this.table.resize(this.reader.integer(5));
      return true;
    } else this.literal(4, false, (octet & 0x10) !== 0);
    return false;
  }

  /** §6.1. */
  private indexed(): void {
    const start = this.reader.offset;
    const index = this.reader.integer(7);
    if (index === 0) throw new HpackSyntaxError('index-zero');
    const field = this.lookUp(index, start);
    this.add(field, fieldBytes(field));
  }

  /** §6.2. */
  private literal(prefixBits: number, inserted: boolean, neverIndexed: boolean): void {
    const start = this.reader.offset;
    const index = this.reader.integer(prefixBits);
    let name: string | undefined;
    let nameBytes = 0;
    if (index === 0) {
      this.reader.readString();
      name = this.reader.stringText();
      nameBytes = this.reader.stringLength;
    } else {
      name = this.lookUp(index, start).name;
      nameBytes = name?.length ?? 0;
    }
    this.reader.readString();
    // Entries of the table live long.
    const field = { name, value: this.reader.stringCopy(inserted), neverIndexed };
    const bytes = nameBytes + this.reader.stringLength + entryOverheadBytes;
    if (inserted) this.table.insert(field, bytes);
    this.add(field, bytes);
  }

  /** §2.3.3. */
  private lookUp(index: number, offset: number): HpackField {
    if (index < firstDynamicIndex) return staticTable[index] ?? unknownField;
    const found = this.table.get(index - firstDynamicIndex);
    if (found === 'unseen') return unknownField;
    if (found !== 'gone') return found;
    // The encoder's table is not what we think: nothing derived from ours may be believed any more.
    this.fail({ kind: 'index-out-of-range', offset });
    return unknownField;
  }

  private add(field: HpackField, bytes: number): void {
    if (this.dropped > 0 || this.listBytes + bytes > this.listLimit) {
      this.dropped++;
      return;
    }
    this.listBytes += bytes;
    if (field.name === undefined || field.value === undefined) this.unknown++;
    this.fields.push(field);
  }

  private fail(error: HpackError): void {
    this.error ??= error;
    this.table.forget();
  }
}

/** Of a field, as RFC 7541 §4.1 reckons; what is not known counts nothing. */
function fieldBytes({ name, value }: HpackField): number {
  return (name?.length ?? 0) + (value?.length ?? 0) + entryOverheadBytes;
}
