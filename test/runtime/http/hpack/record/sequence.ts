/** A field as its receiver understood it. */
export type RecordedField = readonly [name: string, value: string, neverIndexed: boolean];

/** The header blocks of one connection in one direction, as one encoder wrote them, and what they mean. */
export interface Sequence {
  readonly encoder: string;
  readonly blocks: readonly { readonly block: Buffer; readonly fields: readonly RecordedField[] }[];
}

/** What one encoder made. */
export interface Recording {
  readonly encoder: string;
  readonly version: string;
  readonly sequences: readonly Sequence[];
}
