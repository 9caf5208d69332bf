import { base58Address, bech32, luhn, mod97, weighted } from '../checksums.ts';
import { checked, type DataClass, matching } from '../data-class.ts';

/** Issuer ranges of ISO/IEC 7812 numbers, with the lengths in use. */
const cardBrand =
  /^(?:4(?:\d{12}|\d{15})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}|220[0-4]\d{12}|(?:50|5[6-9]|6[0-9])\d{10,17}|8[12]\d{14})$/;

const bankCard: DataClass = {
  name: 'bank-card',
  group: 'financial',
  patterns: [
    checked(/^\d{13,19}$/, ({ digits }) => digits.length <= 16 && isCard(digits), 0.4, 13, 16),
    checked(/^\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}$/, ({ digits }) => isCard(digits), 0.6, 16, 23),
    checked(/^\d{4}([ -])\d{6}\1\d{4,5}$/, ({ digits }) => isCard(digits), 0.6, 16, 17),
    checked(/^\d{17,19}$/, ({ digits }) => isCard(digits), 0.2, 17, 19),
    // Masked as receipts show it.
    matching(/^(?:[*xX•]{4}[ -]?){3}\d{4}$|^\d{6}[*xX•]{6}\d{4}$/, 0.3, 16, 19),
  ],
  words: {
    strong:
      'cardnumber ccn ccno creditcard creditcardnumber debitcard debitcardnumber ccnumber cardno ccnum cardnum pan primaryaccountnumber kreditkarte kartennummer tarjeta numerotarjeta numerocarte cartao paymentcard bankcard',
    weak: 'card cc payment visa mastercard amex',
    veto: 'id ids type brand status',
  },
  coincidence: 0.1,
};

function isCard(digits: string): boolean {
  return luhn(digits) && cardBrand.test(digits) && !/^(\d)\1+$/.test(digits);
}

const iban: DataClass = {
  name: 'iban',
  group: 'financial',
  patterns: [
    {
      min: 15,
      max: 42,
      score: ({ text }) => {
        const compact = text.replace(/[ -]/g, '').toUpperCase();
        return /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact) && mod97(compact) ? 0.6 : 0;
      },
    },
  ],
  words: { strong: 'iban bankaccount ibannumber kontonummer' },
  coincidence: 0.01,
};

const bic: DataClass = {
  name: 'bic',
  group: 'financial',
  patterns: [matching(/^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/, 0.1, 8, 11)],
  words: { strong: 'bic swift swiftcode biccode swiftbic bicswift' },
  coincidence: 0.5,
};

const cvv: DataClass = {
  name: 'cvv',
  group: 'financial',
  patterns: [matching(/^\d{3,4}$/, 0.1, 3, 4)],
  words: { strong: 'cvv cvc cvv2 cvc2 cid csc securitycode cardsecuritycode cardcode verificationvalue' },
  coincidence: 0.9,
};

const bankAccount: DataClass = {
  name: 'bank-account',
  group: 'financial',
  patterns: [matching(/^\d(?:[ -]?\d){5,16}$/, 0.1, 6, 24)],
  words: {
    strong:
      'bankaccount bankaccountnumber accountnumber accountno acctnumber acctno acctnum kontonr kontonummer accountnum clabe cbu',
  },
  coincidence: 0.9,
};

const routingNumber: DataClass = {
  name: 'bank-routing',
  group: 'financial',
  patterns: [
    checked(
      /^[0-3]\d{8}$/,
      ({ digits }) => weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1], 10) === 0,
      0.15,
      9,
      9,
    ),
    matching(/^\d{2}-\d{2}-\d{2}$|^\d{6}$/, 0.1, 6, 8),
  ],
  words: {
    strong:
      'routing routingnumber aba abanumber routingno abarouting sortcode rtn bankleitzahl blz transitnumber ifsc',
  },
  coincidence: 0.1,
};

const vatId: DataClass = {
  name: 'vat-id',
  group: 'financial',
  patterns: [
    matching(
      /^(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)U?[A-Z0-9]{7,12}$/,
      0.1,
      9,
      15,
    ),
  ],
  words: { strong: 'vat vatid vatnumber vatno ustid ustidnr umsatzsteuerid tva iva partitaiva btw mwst' },
  coincidence: 0.5,
};

const cryptoWallet: DataClass = {
  name: 'crypto-wallet',
  group: 'financial',
  patterns: [
    checked(/^[13LMDTtr2mn][1-9A-HJ-NP-Za-km-z]{25,34}$/, ({ text }) => base58Address(text), 0.7, 26, 35),
    checked(
      /^(?:bc1|tb1|ltc1|addr1|cosmos1)[02-9ac-hj-np-z]{11,87}$/i,
      ({ text }) => bech32(text),
      0.7,
      14,
      94,
    ),
    matching(/^0x[0-9a-fA-F]{40}$/, 0.6, 42, 42),
    matching(/^[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}$/, 0.6, 95, 95),
  ],
  words: {
    strong:
      'wallet walletaddress bitcoin bitcoinaddress btcaddress ethaddress ethereumaddress cryptowallet cryptoaddress btc litecoinaddress',
    weak: 'crypto address',
  },
  plausible: ({ text, hasSpace }) => !hasSpace && /^[0-9A-Za-z]{25,95}$/.test(text),
  coincidence: 0.001,
};

export const financialClasses: readonly DataClass[] = [
  ...[bankCard, iban, bic, cvv, bankAccount, routingNumber, vatId, cryptoWallet],
];
