import type { JsonSchema } from '../json-schema.ts';
import { printable, printableRemedy } from './value-node.ts';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ipv4 = `(${octet}\\.){3}${octet}`;
const group = '[0-9a-fA-F]{1,4}';

/** RFC 4291 section 2.2, forms 1 and 2, and `::ffff:` before an IPv4 address. */
const ipv6 = [
  `(${group}:){7}${group}`,
  `(${group}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map(after => `(${group}:){1,${7 - after}}(:${group}){1,${after}}`),
  `:(:${group}){1,7}`,
  '::',
  `::[fF]{4}:${ipv4}`,
].join('|');

const prefix4 = '(3[0-2]|[12]?[0-9])';
const prefix6 = '(12[0-8]|1[01][0-9]|[1-9]?[0-9])';

/** An address range, RFC 4632 section 3.1 and RFC 4291 section 2.3; no zone. */
export const cidr: JsonSchema = {
  type: 'string',
  pattern: `^((${ipv4})/${prefix4}|(${ipv6})/${prefix6})$`,
  description: 'an address range such as 10.0.0.0/8 or fd00::/8',
};

/** An address or a range. */
export const addressOrCidr: JsonSchema = {
  type: 'string',
  pattern: `^((${ipv4})(/${prefix4})?|(${ipv6})(/${prefix6})?)$`,
  description: 'an address such as 10.0.0.1, or a range such as 10.0.0.0/8',
};

/** A host name in which `*`, `?` and `[…]` stand for characters. */
export const host: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9*?._:^\\\\[\\]-]+$',
  description: 'a host name, in which * stands for any characters',
};

/** Name of a header field, RFC 9110 section 5.1. */
export const header: JsonSchema = {
  type: 'string',
  pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$",
  description: 'the name of a header',
};

/** What the original calls the filtration mode; out of band, nothing is ever blocked. */
export const mode: JsonSchema = {
  type: 'string',
  enum: ['monitoring', 'off', 'block', 'safe_blocking'],
};

/** Text that is not empty. */
export const word: JsonSchema = {
  type: 'string',
  pattern: printable,
  minLength: 1,
  description: printableRemedy,
};

/** Pattern of the names of Kubernetes objects; empty when not set. */
export const objectName = '^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$';

/** An API version as objects name it: `v1`, `apps/v1`. */
export const apiVersion: JsonSchema = {
  type: 'string',
  pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[a-z]([-a-z0-9]*[a-z0-9])?$',
  maxLength: 253,
  description: 'an API version such as v1 or apps/v1',
};

/** The kind of an object. */
export const kind: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9]*$',
  maxLength: 63,
  description: 'the kind of an object, such as ConfigMap',
};
