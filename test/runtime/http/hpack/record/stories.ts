/** A header field to encode: name, value (Latin-1), and whether it must never be indexed. */
export type StoryField = readonly [name: string, value: string, neverIndexed: boolean];

export interface StoryBlock {
  /** Table sizes the encoder is told before this block, in order. */
  readonly resize: readonly number[];
  readonly fields: readonly StoryField[];
}

/** One connection's header blocks in one direction. */
export type Story = readonly StoryBlock[];

/** Random numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const tableSizes = [0, 31, 64, 128, 300, 512, 1024, 2048, 4096, 8192, 16_384, 65_536];
const paths = [
  '/',
  '/index.html',
  '/api/v1/users',
  '/api/v1/users/',
  '/orders/',
  '/search?q=',
  '/shop.v1.Cart/Get',
];
const agents = [
  'curl/8.7.1',
  'grpc-go/1.64.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'python-httpx/0.27.0',
];
const types = [
  'application/json',
  'application/grpc',
  'text/html; charset=utf-8',
  'application/octet-stream',
];
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Writes stories as servers and clients do: few names, values between constant and unique, repetition over time. */
export class StoryWriter {
  private readonly next: () => number;
  /** Octets above 0x7f and control characters in values: only encoders driven below HTTP take them. */
  private readonly anyOctet: boolean;

  constructor(seed: number, anyOctet: boolean) {
    this.next = random(seed);
    this.anyOctet = anyOctet;
  }

  story(): Story {
    const blocks = 2 + this.below(9);
    const isResponse = this.chance(0.4);
    const resizes = this.chance(0.5);
    const shared = this.custom(4);
    return Array.from({ length: blocks }, (_, index) => ({
      resize: resizes && (index === 0 || this.chance(0.3)) ? this.sizes() : [],
      fields: isResponse ? this.response(shared) : this.request(shared),
    }));
  }

  request(shared: readonly StoryField[]): StoryField[] {
    const path = this.pick(paths);
    const target = path.endsWith('/') || path.endsWith('=') ? path + this.text(this.below(12)) : path;
    const fields: StoryField[] = [
      [':method', this.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH']), false],
      [':scheme', this.pick(['http', 'https']), false],
      [':authority', this.pick(['example.com', 'api.example.com:8443', 'localhost']), false],
      [':path', target, false],
      ['user-agent', this.pick(agents), false],
    ];
    if (this.chance(0.6)) fields.push(['accept', this.pick(['*/*', ...types]), false]);
    if (this.chance(0.4)) fields.push(['authorization', `Bearer ${this.text(24)}`, this.chance(0.7)]);
    if (this.chance(0.4)) fields.push(['cookie', `sid=${this.text(16)}`, this.chance(0.5)]);
    if (this.chance(0.3)) fields.push(['content-type', this.pick(types), false]);
    return [...fields, ...this.extra(shared)];
  }

  response(shared: readonly StoryField[]): StoryField[] {
    const fields: StoryField[] = [
      [':status', this.pick(['200', '200', '201', '204', '302', '404', '500', '503', '429']), false],
      ['content-type', this.pick(types), false],
      ['server', this.pick(['nginx', 'envoy']), false],
    ];
    if (this.chance(0.5)) fields.push(['date', `Sat, 21 Nov 2026 12:00:${10 + this.below(50)} GMT`, false]);
    if (this.chance(0.3))
      fields.push(['set-cookie', `sid=${this.text(24)}; Path=/; HttpOnly`, this.chance(0.5)]);
    if (this.chance(0.3)) fields.push(['cache-control', 'no-store', false]);
    return [...fields, ...this.extra(shared)];
  }

  /** Fields with names of their own, for a story to repeat. */
  custom(count: number): StoryField[] {
    return Array.from({ length: count }, () => [
      `x-${this.text(1 + this.below(18))}`,
      this.value(),
      this.chance(0.15),
    ]);
  }

  /**
   * One table size or two different ones. (Told the same size twice, hpack 4.0 for Python forgets to write the update
   * that RFC 7541 §4.2 asks for, and its own decoder cannot follow.)
   */
  sizes(): number[] {
    return [...new Set([this.pick(tableSizes), ...(this.chance(0.3) ? [this.pick(tableSizes)] : [])])];
  }

  private extra(shared: readonly StoryField[]): StoryField[] {
    const repeated = shared
      .filter(() => this.chance(0.5))
      .map(([name, value, never]): StoryField => [name, this.chance(0.7) ? value : this.value(), never]);
    return [...repeated, ['x-request-id', this.text(8), false], ...(this.chance(0.1) ? this.custom(1) : [])];
  }

  private value(): string {
    if (this.chance(0.05)) return '';
    if (this.chance(0.02)) return this.text(200 + this.below(500));
    if (this.anyOctet && this.chance(0.1)) {
      return Array.from({ length: 8 }, () => String.fromCharCode(this.below(256))).join('');
    }
    return this.text(1 + this.below(30));
  }

  private text(length: number): string {
    return Array.from({ length }, () => letters[this.below(letters.length)]).join('');
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  private below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  private chance(probability: number): boolean {
    return this.next() < probability;
  }
}
