// Check digits. All take digits only, of any length; none throws.
import { createHash } from 'node:crypto';

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    let digit = digits.charCodeAt(at) - 48;
    if (double) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}

/** ISO 7064 MOD 97-10 over letters and digits, as ISO 13616 (IBAN) uses it: the first four characters go last. */
export function mod97(text: string): boolean {
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Sum of digits times weights, modulo. */
export function weighted(digits: string, weights: readonly number[], modulus: number): number {
  let sum = 0;
  for (const [at, weight] of weights.entries()) sum += (digits.charCodeAt(at) - 48) * weight;
  return sum % modulus;
}

/** Position 9 of a vehicle identification number (49 CFR 565.15). North American and Chinese cars have it. */
export function vinCheckDigit(vin: string): boolean {
  const values = '0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ';
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  let sum = 0;
  for (const [at, weight] of weights.entries()) sum += (values.indexOf(vin[at] ?? '') % 10) * weight;
  return vin[8] === '0123456789X'[sum % 11];
}

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Base58Check with 20 octets of payload: addresses of Bitcoin and its relatives. */
export function base58Address(text: string): boolean {
  let value = 0n;
  for (const character of text) {
    const digit = base58.indexOf(character);
    if (digit < 0) return false;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16);
  if (hex.length > 50) return false;
  const bytes = Buffer.from(hex.padStart(50, '0'), 'hex');
  const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();
  return sha256(sha256(bytes.subarray(0, 21)))
    .subarray(0, 4)
    .equals(bytes.subarray(21));
}

/** Bech32 and Bech32m (BIP 173, BIP 350). */
export function bech32(text: string): boolean {
  const lower = text.toLowerCase();
  const split = lower.lastIndexOf('1');
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let check = 1;
  const step = (value: number) => {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >>> bit) & 1) check ^= generator;
  };
  const prefix = [...lower.slice(0, split)];
  for (const character of prefix) step(character.charCodeAt(0) >>> 5);
  step(0);
  for (const character of prefix) step(character.charCodeAt(0) & 31);
  for (const character of lower.slice(split + 1)) {
    const value = alphabet.indexOf(character);
    if (value < 0) return false;
    step(value);
  }
  return check === 1 || check === 0x2bc830a3;
}
