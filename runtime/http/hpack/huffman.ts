/** The Huffman code of HPACK string literals, RFC 7541 §5.2 and Appendix B. */

/**
 * Code length in bits of each octet, 0–255, then of EOS (256). The code of Appendix B is canonical: within a length,
 * codes ascend with the symbol, and a longer code continues where the shorter ones end; so the lengths are the table.
 */
const codeLengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const endOfString = 256;

/** Transition of the decoder on four bits: next state in bits 0–7, then the flags below, the symbol in bits 16–23. */
const emits = 1 << 8;
const fails = 1 << 9;

interface HuffmanTables {
  /** 16 transitions per state, 256 states: the inner nodes of the code tree, state 0 its root. */
  readonly transitions: Uint32Array;
  /** 1 where a string may end: at most 7 bits deep, on ones only (the padding rule, RFC 7541 §5.2). */
  readonly mayEnd: Uint8Array;
}

/** Inner node: two children; a child is an inner node's number, or ~symbol for a leaf. */
type Node = [number, number];
const noChild = 0; // Nothing points back to the root.

function buildTree(): Node[] {
  const nodes: Node[] = [[noChild, noChild]];
  const symbols = codeLengths.map((_, symbol) => symbol);
  symbols.sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  let code = 0;
  let bits = lengthOf(symbols[0] ?? 0);
  for (const symbol of symbols) {
    code *= 2 ** (lengthOf(symbol) - bits);
    bits = lengthOf(symbol);
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const side = Math.floor(code / 2 ** bit) & 1;
      let child = nodes[node]?.[side] ?? noChild;
      if (child === noChild) {
        child = nodes.push([noChild, noChild]) - 1;
        (nodes[node] as Node)[side] = child;
      }
      node = child;
    }
    (nodes[node] as Node)[code & 1] = ~symbol;
    code++;
  }
  return nodes;
}

function lengthOf(symbol: number): number {
  return codeLengths[symbol] ?? 0;
}

function buildTables(): HuffmanTables {
  const nodes = buildTree();
  const tables = { transitions: new Uint32Array(nodes.length * 16), mayEnd: new Uint8Array(nodes.length) };
  nodes.forEach((_, state) => {
    for (let nibble = 0; nibble < 16; nibble++) {
      tables.transitions[state * 16 + nibble] = transition(nodes, state, nibble);
    }
  });
  let padding = 0;
  for (let depth = 0; depth < 8; depth++) {
    tables.mayEnd[padding] = 1;
    padding = nodes[padding]?.[1] ?? 0;
  }
  return tables;
}

/** The shortest code has 5 bits, so four bits complete at most one symbol. */
function transition(nodes: readonly Node[], state: number, nibble: number): number {
  let node = state;
  let symbol: number | undefined;
  for (let bit = 3; bit >= 0; bit--) {
    const child = nodes[node]?.[(nibble >> bit) & 1] ?? noChild;
    if (child >= 0) {
      node = child;
      continue;
    }
    // EOS inside a string is an error, RFC 7541 §5.2.
    if (~child === endOfString) return fails;
    symbol = ~child;
    node = 0;
  }
  return symbol === undefined ? node : node | emits | (symbol << 16);
}

const { transitions, mayEnd } = buildTables();

/**
 * Decodes source[start, end) into `target` and returns the decoded length in bytes, which may exceed
 * `target.length`: octets beyond it are counted, not stored. -1 when the code is invalid: EOS inside the string,
 * padding longer than 7 bits or not the most significant bits of EOS (RFC 7541 §5.2).
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let state = 0;
  let length = 0;
  for (let index = start; index < end; index++) {
    const octet = source[index] as number;
    const first = transitions[state * 16 + (octet >> 4)] as number;
    if (first & fails) return -1;
    if (first & emits) target[length++] = first >> 16; // A typed array ignores writes past its end.
    const second = transitions[(first & 0xff) * 16 + (octet & 0x0f)] as number;
    if (second & fails) return -1;
    if (second & emits) target[length++] = second >> 16;
    state = second & 0xff;
  }
  return mayEnd[state] === 1 ? length : -1;
}
