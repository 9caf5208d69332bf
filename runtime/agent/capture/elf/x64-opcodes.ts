/**
 * What follows an x86-64 opcode (Intel SDM vol. 2, appendix A), one character per opcode:
 *
 * `.` nothing; `m` ModRM; `B` ModRM and 1 byte; `Z` ModRM and 4 bytes (2 with prefix 66); `b` 1 byte; `w` 2 bytes; `e` 3 bytes;
 * `z` 4 bytes (2 with prefix 66); `v` 4 bytes (8 with REX.W, 2 with prefix 66); `o` an address (8 bytes, 4 with prefix 67);
 * `j` a distance of 1 byte; `J` of 4 bytes; `g` and `G` groups F6 and F7, whose first two members have an immediate;
 * `p` a prefix, an escape or an encoding treated elsewhere; `x` not an instruction in 64-bit mode, or one that no
 * compiler emits.
 */
const arithmetic = 'mmmmbzxx';

/** One-byte opcodes, 16 per line. */
export const oneByte = [
  `${arithmetic}mmmmbzxp`, // 0F is the escape
  arithmetic.repeat(2),
  'mmmmbzpxmmmmbzpx', // 26, 2E: segment prefixes
  'mmmmbzpxmmmmbzpx', // 36, 3E
  'pppppppppppppppp', // REX
  '................', // push, pop
  'xxpmppppzZbB....', // 62 is EVEX
  'jjjjjjjjjjjjjjjj',
  'BZxBmmmmmmmmmmmm',
  '..........x.....',
  'oooo....bz......',
  'bbbbbbbbvvvvvvvv',
  'BBw.ppBZe.w..bx.', // C4, C5 are VEX
  'mmmmxxx.mmmmmmmm',
  'jjjjbbbbJJxj....',
  'p.pp..gG......mm',
].join('');

/** Opcodes behind 0F. */
export const twoBytes = [
  'mmmmx.....x.xm.x',
  'mmmmmmmmmmmmmmmm',
  'mmmmxxxxmmmmmmmm',
  '......x.pxpxxxxx', // 38 and 3A are escapes
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'BBBBmmm.xxxxmmmm',
  'JJJJJJJJJJJJJJJJ',
  'mmmmmmmmmmmmmmmm',
  '...mBmxm...mBmmm',
  'mmmmmmmmmmBmmmmm',
  'mmBmBBBm........',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
].join('');
