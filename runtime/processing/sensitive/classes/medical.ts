import { luhn, weighted } from '../checksums.ts';
import { checked, type DataClass, matching } from '../data-class.ts';

const npi: DataClass = {
  name: 'us-npi',
  group: 'medical',
  // 45 CFR 162.406: Luhn over 80840 and the number.
  patterns: [checked(/^[12]\d{9}$/, ({ digits }) => luhn(`80840${digits}`), 0.15, 10, 10)],
  words: { strong: 'npi npinumber nationalprovider nationalprovideridentifier', weak: 'provider physician' },
  coincidence: 0.1,
};

const medicalLicence: DataClass = {
  name: 'medical-licence',
  group: 'medical',
  // DEA number: sum of digits 1, 3, 5 and twice digits 2, 4, 6.
  patterns: [
    checked(
      /^[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}$/,
      ({ digits }) => weighted(digits.slice(-7), [1, 2, 1, 2, 1, 2], 10) === Number(digits.at(-1)),
      0.35,
      9,
      9,
    ),
  ],
  words: {
    strong:
      'dea deanumber medicallicense medicallicence medicallicensenumber medicallicencenumber physicianlicense gmcnumber licensemedical',
  },
  plausible: ({ text, digits }) => digits.length >= 4 && /^[A-Z0-9-]{5,16}$/i.test(text),
  coincidence: 0.1,
};

const nhs: DataClass = {
  name: 'uk-nhs-number',
  group: 'medical',
  patterns: [
    checked(/^\d{3}[ -]\d{3}[ -]\d{4}$/, ({ digits }) => isNhs(digits), 0.3, 12, 12),
    checked(/^\d{10}$/, ({ digits }) => isNhs(digits), 0.15, 10, 10),
  ],
  words: { strong: 'nhs nhsnumber nhsno' },
  coincidence: 0.09,
};

/** NHS Data Dictionary: modulus 11 with weights 10 to 2. */
function isNhs(digits: string): boolean {
  const check = 11 - weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2], 11);
  return check !== 10 && check % 11 === Number(digits[9]);
}

const mbi: DataClass = {
  name: 'us-medicare',
  group: 'medical',
  // CMS: positions of letters and digits are fixed, without S, L, O, I, B, Z.
  patterns: [
    matching(
      /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}$/,
      0.4,
      11,
      13,
    ),
  ],
  words: { strong: 'mbi medicare medicarenumber medicareid medicarebeneficiary' },
  coincidence: 0.01,
};

const recordNumber: DataClass = {
  name: 'medical-record',
  group: 'medical',
  patterns: [],
  words: {
    strong:
      'mrn medicalrecord medicalrecordnumber patientid patientnumber healthrecord healthrecordnumber chartnumber krankenaktennummer medicalrecordno',
  },
  plausible: ({ text, digits }) => digits !== '' && /^[A-Z0-9][A-Z0-9-]{2,35}$/i.test(text),
};

const healthInsurance: DataClass = {
  name: 'health-insurance',
  group: 'medical',
  patterns: [],
  words: {
    strong:
      'healthinsurance healthinsurancenumber insurancenumber healthinsuranceid insuranceid insurancepolicynumber healthplanid healthcardnumber krankenversicherungsnummer krankenversichertennummer memberidinsurance hicn medicaid medicaidnumber',
  },
  plausible: ({ text, digits }) => digits.length >= 3 && /^[A-Z0-9][A-Z0-9 -]{4,24}$/i.test(text),
};

const diagnosis: DataClass = {
  name: 'diagnosis',
  group: 'medical',
  patterns: [matching(/^[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?$/, 0.1, 3, 8)],
  words: {
    strong: 'diagnosis diagnoses icd icd10 icdcode diagnosiscode icd10code diagnose medicalcondition icd9',
    veto: 'count date at',
  },
  plausible: ({ text, letters }) => letters >= 4 && /^[\p{L}\p{M}\s',()-]+$/u.test(text),
  coincidence: 0.5,
};

const bloodType: DataClass = {
  name: 'blood-type',
  group: 'medical',
  patterns: [
    matching(/^(?:A|B|AB|O|0)[+-]$/, 0.3, 2, 3),
    matching(/^(?:A|B|AB|O)(?:pos|neg|_?positive|_?negative)$/i, 0.2, 4, 11),
  ],
  words: { strong: 'bloodtype bloodgroup blutgruppe gruposanguineo', weak: 'blood' },
  coincidence: 0.05,
};

export const medicalClasses: readonly DataClass[] = [
  ...[npi, medicalLicence, nhs, mbi, recordNumber, healthInsurance, diagnosis, bloodType],
];
