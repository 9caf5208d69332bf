// Numbers with check digits, made by the published rules and not by the code under test.
import type { Random } from './random.ts';

export function withLuhn(prefix: string): string {
  let sum = 0;
  for (let i = 0; i < prefix.length; i++) {
    let digit = Number(prefix[prefix.length - 1 - i]);
    if (i % 2 === 0) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return prefix + ((10 - (sum % 10)) % 10);
}

export function card(random: Random, grouped = false): string {
  const [prefix, length] = random.pick<[string, number]>([
    ...[
      ['4', 16],
      ['4', 16],
      ['51', 16],
      ['53', 16],
      ['55', 16],
      ['2221', 16],
      ['34', 15],
      ['37', 15],
    ],
    ...[
      ['6011', 16],
      ['65', 16],
      ['3530', 16],
      ['3056', 14],
      ['62', 16],
    ],
  ] as [string, number][]);
  const number = withLuhn(prefix + random.digits(length - 1 - prefix.length));
  return grouped && length === 16 ? number.replace(/(\d{4})(?=\d)/g, '$1 ') : number;
}

/** Lengths of the national parts from the SWIFT registry. */
const ibanForms: Record<string, string> = {
  DE: '##################',
  FR: '####################BB#',
  GB: 'AAAA##############',
  ES: '####################',
  IT: 'A######################',
  NL: 'AAAA##########',
  PL: '########################',
  SE: '####################',
  CH: '#################',
  AT: '################',
  BE: '############',
  NO: '###########',
  PT: '#####################',
  DK: '##############',
  CZ: '####################',
  TR: '#####0################',
};

export function iban(random: Random, grouped = false): string {
  const country = random.pick(Object.keys(ibanForms));
  const national = random.form((ibanForms[country] ?? '').replaceAll('B', '#'));
  const numeric = [...`${national}${country}00`].map(c => Number.parseInt(c, 36)).join('');
  const check = String(98n - (BigInt(numeric) % 97n)).padStart(2, '0');
  const text = `${country}${check}${national}`;
  return grouped ? text.replace(/(.{4})(?=.)/g, '$1 ') : text;
}

export function ssn(random: Random): string {
  const area = random.pick([random.int(1, 665), random.int(667, 899)]);
  return `${String(area).padStart(3, '0')}-${String(random.int(1, 99)).padStart(2, '0')}-${String(random.int(1, 9999)).padStart(4, '0')}`;
}

export function cpf(random: Random, formatted: boolean): string {
  let digits = random.digits(9);
  for (const length of [9, 10]) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Number(digits[i]) * (length + 1 - i);
    digits += String(((sum * 10) % 11) % 10);
  }
  return formatted ? digits.replace(/(...)(...)(...)(..)/, '$1.$2.$3-$4') : digits;
}

const birth = (random: Random) => ({
  year: random.int(1950, 2004),
  month: random.int(1, 12),
  day: random.int(1, 28),
});
const two = (value: number) => String(value % 100).padStart(2, '0');

export function pesel(random: Random): string {
  const { year, month, day } = birth(random);
  const digits = two(year) + two(year >= 2000 ? month + 20 : month) + two(day) + random.digits(4);
  const sum = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3].reduce(
    (total, weight, i) => total + weight * Number(digits[i]),
    0,
  );
  return digits + ((10 - (sum % 10)) % 10);
}

export function personnummer(random: Random): string {
  const { year, month, day } = birth(random);
  const date = two(year) + two(month) + two(day);
  const serial = random.digits(3);
  return `${date}-${serial}${withLuhn(date + serial).slice(-1)}`;
}

export function nir(random: Random): string {
  const { year, month } = birth(random);
  const body = `${random.int(1, 2)}${two(year)}${two(month)}${String(random.int(1, 95)).padStart(2, '0').replace('20', '21')}${String(random.int(1, 899)).padStart(3, '0')}${String(random.int(1, 999)).padStart(3, '0')}`;
  return body + String(97n - (BigInt(body) % 97n)).padStart(2, '0');
}

export function dni(random: Random): string {
  const number = random.digits(8);
  return number + 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23];
}

export function codiceFiscale(random: Random): string {
  const { year, month, day } = birth(random);
  const consonants = 'BCDFGLMNPRSTVZ';
  const body = `${random.text(consonants, 6)}${two(year)}${'ABCDEHLMPRST'[month - 1]}${two(random.chance(0.5) ? day + 40 : day)}${random.pick(['H501', 'F205', 'L219', 'D612', 'A944', 'F839'])}`;
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  let sum = 0;
  for (const [i, c] of [...body].entries()) {
    const value = c >= 'A' ? c.charCodeAt(0) - 65 : Number(c);
    sum += i % 2 === 0 ? (odd[value] ?? 0) : value;
  }
  return body + String.fromCharCode(65 + (sum % 26));
}

export function nino(random: Random): string {
  return `${random.pick(['AB', 'CE', 'JG', 'KL', 'PW', 'RS', 'WE', 'YX'])}${random.digits(6)}${random.pick(['A', 'B', 'C', 'D'])}`;
}

/** Verhoeff: dihedral group of order 10. */
export function aadhaar(random: Random, grouped: boolean): string {
  const permute = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const multiply = (a: number, b: number) =>
    a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5) : b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;
  const digits = `${random.int(2, 9)}${random.digits(10)}`;
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    let value = Number(digits[digits.length - 1 - i]);
    for (let step = 0; step < (i + 1) % 8; step++) value = permute[value] ?? 0;
    check = multiply(check, value);
  }
  const inverse = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9][check];
  const number = `${digits}${inverse}`;
  return grouped ? number.replace(/(\d{4})(?=\d)/g, '$1 ') : number;
}

export function bsn(random: Random): string {
  for (;;) {
    const digits = random.digits(8);
    const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (9 - i), 0);
    if (sum % 11 < 10 && digits[0] !== '0') return digits + (sum % 11);
  }
}

export function tckn(random: Random): string {
  const d = [random.int(1, 9), ...Array.from({ length: 8 }, () => random.int(0, 9))];
  const odd = (d[0] ?? 0) + (d[2] ?? 0) + (d[4] ?? 0) + (d[6] ?? 0) + (d[8] ?? 0);
  const even = (d[1] ?? 0) + (d[3] ?? 0) + (d[5] ?? 0) + (d[7] ?? 0);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  return `${d.join('')}${tenth}${(d.reduce((a, b) => a + b, 0) + tenth) % 10}`;
}

/** 49 CFR 565.15. */
export function vin(random: Random): string {
  const alphabet = 'ABCDEFGHJKLMNPRSTUVWXYZ0123456789';
  const values: Record<string, number> = {};
  for (const [text, first] of [
    ['ABCDEFGH', 1],
    ['JKLMN', 1],
    ['STUVWXYZ', 2],
    ['0123456789', 0],
  ] as const)
    for (const [i, c] of [...text].entries()) values[c] = first + i;
  Object.assign(values, { P: 7, R: 9 });
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const characters = [...`${random.text(alphabet, 8)}0${random.text(alphabet, 2)}${random.digits(6)}`];
  const sum = characters.reduce((total, c, i) => total + (values[c] ?? 0) * (weights[i] ?? 0), 0);
  characters[8] = '0123456789X'[sum % 11] ?? '0';
  return characters.join('');
}

export function npi(random: Random): string {
  const body = `${random.int(1, 2)}${random.digits(8)}`;
  return body + withLuhn(`80840${body}`).slice(-1);
}

export function dea(random: Random): string {
  const d = random.digits(6);
  const at = (i: number) => Number(d[i]);
  const sum = at(0) + at(2) + at(4) + 2 * (at(1) + at(3) + at(5));
  return `${random.pick([...'ABFM'])}${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1)}${d}${sum % 10}`;
}

export function ean13(random: Random, prefix = ''): string {
  const body = prefix + random.digits(12 - prefix.length);
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0);
  return body + ((10 - (sum % 10)) % 10);
}
