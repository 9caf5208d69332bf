/** A header field as HPACK carries it. Shared between blocks: read only. */
export interface HpackField {
  /** The octets of the name as Latin-1. Undefined: it stands in a part of the table that was not seen, or was too long. */
  readonly name: string | undefined;
  /** The octets of the value. Undefined: it stands in a part of the table that was not seen, or was too long. */
  readonly value: Buffer | undefined;
  /** The sender asked that no one puts it into a table: it is sensitive (RFC 7541 §6.2.3, §7.1.3). */
  readonly neverIndexed: boolean;
}

const entries: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** The static table, RFC 7541 Appendix A: index 1–61; 0 is unused. */
export const staticTable: readonly (HpackField | undefined)[] = [
  undefined,
  ...entries.map(([name, value]) => Object.freeze({ name, value: Buffer.from(value), neverIndexed: false })),
];

/** First index of the dynamic table, RFC 7541 §2.3.3. */
export const firstDynamicIndex = 62;
