import type { HpackField } from './static-table.ts';

/** Bytes an entry counts beyond its name and value, RFC 7541 §4.1. */
export const entryOverheadBytes = 32;

/** Capacity of a new connection's table, bytes: SETTINGS_HEADER_TABLE_SIZE before anyone changes it (RFC 9113 §6.5.2). */
export const initialCapacityBytes = 4096;

interface Entry {
  readonly field: HpackField;
  /** Size by RFC 7541 §4.1, or a lower bound of it when the name is not known. */
  readonly bytes: number;
}

/**
 * The dynamic table as far as a bystander knows it: the window of the newest entries. Indices count from the newest
 * entry (RFC 7541 §2.3.3) and eviction goes from the oldest (§4.4), so what lies below the window changes neither the
 * place nor the presence of an entry in it. ./README.md holds the argument in full.
 */
export class DynamicTable {
  /** Most bytes the window keeps, whatever the encoder's capacity. */
  readonly maxBytes: number;
  /** Oldest first; those before `first` are evicted. */
  private entries: (Entry | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  /** The encoder's capacity when it is known exactly. */
  private capacity: number | undefined;
  /** What the capacity cannot exceed while it is not known exactly. */
  private ceiling = Number.POSITIVE_INFINITY;
  /** It is proven that the encoder's table holds nothing older than the window. */
  private olderGone: boolean;

  /**
   * @param maxBytes most bytes kept, by the RFC's reckoning
   * @param fromStart the connection is seen from its first header block: the table is empty and its capacity 4096
   */
  constructor(maxBytes: number, fromStart: boolean) {
    this.maxBytes = maxBytes;
    this.olderGone = fromStart;
    this.capacity = fromStart ? initialCapacityBytes : undefined;
  }

  /** Entries in the window. */
  get length(): number {
    return this.entries.length - this.first;
  }

  /** Their size by RFC 7541 §4.1, a lower bound. */
  get sizeBytes(): number {
    return this.bytes;
  }

  /**
   * The entry `age` insertions before the newest (0 is the newest); `unseen` when it is older than the window;
   * `gone` when it is proven that no such entry exists.
   */
  get(age: number): HpackField | 'unseen' | 'gone' {
    const entry = this.entries[this.entries.length - 1 - age];
    if (age < this.length && entry !== undefined) return entry.field;
    return this.olderGone ? 'gone' : 'unseen';
  }

  /** Inserts as the encoder did, RFC 7541 §4.4. `bytes`: its size, or a lower bound. */
  insert(field: HpackField, bytes: number): void {
    if (bytes > this.bound()) {
      // Too large for the table: it empties it and is not added.
      this.clear();
      this.olderGone = true;
      return;
    }
    this.entries.push({ field, bytes });
    this.bytes += bytes;
    this.evict();
  }

  /** The encoder's dynamic table size update, RFC 7541 §6.3. */
  resize(capacity: number): void {
    this.capacity = capacity;
    this.evict();
  }

  /** What the decoding endpoint allows at most (SETTINGS_HEADER_TABLE_SIZE); Infinity when not known. */
  limit(ceiling: number): void {
    this.ceiling = ceiling;
    this.evict();
  }

  /** Insertions may have been missed: nothing in the window has a known index any more. */
  forget(): void {
    this.clear();
    this.capacity = undefined;
    this.olderGone = false;
  }

  private bound(): number {
    return this.capacity ?? this.ceiling;
  }

  private evict(): void {
    const bound = this.bound();
    while (this.bytes > bound) {
      this.dropOldest();
      this.olderGone = true;
    }
    // No entry is smaller than its overhead.
    if (this.bytes + entryOverheadBytes > bound) this.olderGone = true;
    while (this.bytes > this.maxBytes) {
      this.dropOldest();
      this.olderGone = false;
    }
  }

  private dropOldest(): void {
    this.bytes -= this.entries[this.first]?.bytes ?? 0;
    this.entries[this.first] = undefined;
    this.first++;
    if (this.first >= 64 && this.first * 2 >= this.entries.length) {
      this.entries.splice(0, this.first);
      this.first = 0;
    }
  }

  private clear(): void {
    this.entries = [];
    this.first = 0;
    this.bytes = 0;
  }
}
