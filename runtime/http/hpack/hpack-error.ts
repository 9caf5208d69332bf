/** What is wrong with a header block; each is a connection error COMPRESSION_ERROR to an endpoint (RFC 9113 §4.3). */
export type HpackErrorKind =
  /** The block ends inside a field representation: its rest was lost, or the sender is faulty. */
  | 'truncated'
  /** An integer above 2^31 − 1, or longer than five octets after its prefix (RFC 7541 §5.1 asks for a limit). */
  | 'integer-too-large'
  /** RFC 7541 §6.1. */
  | 'index-zero'
  /** An index beyond the table, RFC 7541 §2.3.3. */
  | 'index-out-of-range'
  /** RFC 7541 §5.2. */
  | 'invalid-huffman'
  /** A dynamic table size update after the first field, RFC 7541 §4.2. */
  | 'misplaced-size-update';

/** A header block that breaks RFC 7541. */
export interface HpackError {
  readonly kind: HpackErrorKind;
  /** Offset in the block of the representation it was found in; bytes. */
  readonly offset: number;
}

/** Carries an {@link HpackError} from the block reader to the decoder, which never lets it out. */
export class HpackSyntaxError extends Error {
  override readonly name = 'HpackSyntaxError';
  readonly kind: HpackErrorKind;

  constructor(kind: HpackErrorKind) {
    super(kind);
    this.kind = kind;
  }
}
