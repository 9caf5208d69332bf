// Other locales, names, forms and negatives, looked at while the classes were written.
import { fakerCS_CZ, fakerEN_IN, fakerJA, fakerNL, fakerPL, fakerSV, fakerTR } from '@faker-js/faker';
import type { Generators, Kind } from './corpus.ts';
import * as numbers from './numbers.ts';

const positives: Kind[] = [
  {
    label: 'email',
    bySight: true,
    keys: ['customer.emailAddress', 'reply_to_email', 'owner-email'],
    value: ({ faker }) => faker.internet.exampleEmail().toLowerCase(),
  },
  {
    label: 'phone',
    bySight: true,
    keys: ['cell_phone', 'billing.telephone', 'mobilePhone', 'phone2'],
    value: ({ faker }) =>
      faker.phone.number({ style: 'international' }).replace(/^(\+\d{2})(\d{3})(\d{3})/, '$1 $2 $3 '),
  },
  { label: 'phone', keys: ['tel', 'homePhone', 'fax_number'], value: ({ faker }) => faker.phone.number() },
  {
    label: 'bank-card',
    bySight: true,
    keys: ['payment.card.number', 'creditCardNumber', 'debit_card'],
    value: ({ random }) => numbers.card(random).replace(/(\d{4})(?=\d)/g, random.chance(0.5) ? '$1-' : '$1'),
  },
  {
    label: 'iban',
    bySight: true,
    keys: ['payee_iban', 'IBAN', 'beneficiary.iban'],
    value: ({ random }) => numbers.iban(random).toLowerCase(),
  },
  {
    label: 'us-ssn',
    bySight: true,
    keys: ['SSN', 'applicant.ssn'],
    value: ({ random }) => numbers.ssn(random),
  },
  {
    label: 'pl-pesel',
    bySight: true,
    keys: ['pesel', 'patient_pesel'],
    value: ({ random }) => numbers.pesel(random),
  },
  {
    label: 'se-personnummer',
    bySight: true,
    keys: ['personnummer', 'customer.personnummer'],
    value: ({ random }) => numbers.personnummer(random),
  },
  {
    label: 'in-aadhaar',
    bySight: true,
    keys: ['aadhaar', 'aadhaar_number'],
    value: ({ random }) => numbers.aadhaar(random, random.chance(0.5)),
  },
  { label: 'nl-bsn', keys: ['bsn', 'burgerservicenummer'], value: ({ random }) => numbers.bsn(random) },
  {
    label: 'tr-tckn',
    bySight: true,
    keys: ['tckn', 'tc_kimlik_no'],
    value: ({ random }) => numbers.tckn(random),
  },
  {
    label: 'jwt',
    bySight: true,
    keys: ['jwt_assertion', 'idToken'],
    value: ({ faker }) => faker.internet.jwt(),
  },
  {
    label: 'ip-address',
    bySight: true,
    keys: ['source_ip', 'lastLoginIp', 'X-Client-IP'],
    value: ({ faker, random }) => (random.chance(0.5) ? faker.internet.ipv4() : faker.internet.ipv6()),
  },
  {
    label: 'mac-address',
    bySight: true,
    keys: ['deviceMac', 'wifi_mac_address'],
    value: ({ faker }) => faker.internet.mac('-').toUpperCase(),
  },
  { label: 'vin', bySight: true, keys: ['vehicleVin', 'car.vin'], value: ({ faker }) => faker.vehicle.vin() },
  {
    label: 'crypto-wallet',
    bySight: true,
    keys: ['payout_wallet', 'btc_wallet_address'],
    value: ({ faker, random }) =>
      random.pick([`0x${random.text('0123456789abcdefABCDEF', 40)}`, faker.finance.ethereumAddress()]),
  },
  {
    label: 'password',
    keys: ['user.password', 'confirm_password', 'pwd', 'dbPassword'],
    value: ({ faker }) => `${faker.word.noun()}${faker.number.int(99)}!`,
  },
  {
    label: 'api-key',
    keys: ['apikey', 'service.apiKey', 'api-token'],
    value: ({ faker }) => faker.string.uuid(),
  },
  {
    label: 'api-key',
    bySight: true,
    keys: ['key', 'integration_key'],
    value: ({ random }) => `sk_live_${random.text('0123456789abcdefghijABCDEFGHIJ', 24)}`,
  },
  {
    label: 'api-key',
    bySight: true,
    keys: ['github', 'ci_credentials'],
    value: ({ random }) => `ghp_${random.text('0123456789abcdefghijABCDEFGHIJ', 36)}`,
  },
  {
    label: 'token',
    keys: ['oauth.accessToken', 'sessionId', 'bearer_token'],
    value: ({ random }) => random.text('0123456789abcdef', 48),
  },
  {
    label: 'personal-name',
    keys: ['givenName', 'family_name', 'patient.lastName', 'customerName'],
    value: ({ faker }) => faker.person.fullName(),
  },
  {
    label: 'postal-address',
    keys: ['billing_street', 'homeAddress', 'address.line1'],
    value: ({ faker }) => faker.location.streetAddress(true),
  },
  {
    label: 'date-of-birth',
    keys: ['patient.birthDate', 'date_of_birth', 'DOB'],
    value: ({ faker }) => faker.date.birthdate().toLocaleDateString('en-US'),
  },
  {
    label: 'login',
    keys: ['loginName', 'user_name', 'account.username'],
    value: ({ faker }) => faker.internet.username().toLowerCase(),
  },
  {
    label: 'passport',
    keys: ['passport', 'travel.passportNumber'],
    value: ({ random }) => random.form('AA#######'),
  },
  {
    label: 'postal-code',
    keys: ['postcode', 'shipping.zip'],
    value: ({ faker }) => faker.location.zipCode(),
  },
  {
    label: 'cvv',
    keys: ['cvv2', 'security_code'],
    value: ({ random }) => random.digits(random.chance(0.2) ? 4 : 3),
  },
  {
    label: 'imei',
    keys: ['imei', 'phoneImei'],
    value: ({ random }) => numbers.withLuhn(`86${random.digits(12)}`),
  },
  {
    label: 'medical-record',
    keys: ['mrn', 'patient.medicalRecordNumber'],
    value: ({ random }) => random.form('A#######'),
  },
  {
    label: 'bank-account',
    keys: ['account_number', 'bankAccountNumber'],
    value: ({ random }) => random.digits(random.int(8, 12)),
  },
];

const negatives: Kind[] = [
  {
    keys: ['ticket', 'case_number', 'reference'],
    value: ({ random }) => random.form('(##) ####-####').replace(/[()]/g, ''),
  },
  { keys: ['sequence', 'event_id', 'snowflake'], value: ({ random }) => `1${random.digits(17)}` },
  { keys: ['nonce', 'salted_id', 'fingerprint'], value: ({ random }) => random.text('0123456789abcdef', 64) },
  { keys: ['batch', 'lot_number'], value: ({ random }) => random.form('A######A').replace(/A$/, 'Z') },
  {
    keys: ['release', 'sdk_version', 'ipVersion'],
    value: ({ random }) =>
      `${random.int(1, 12)}.${random.int(0, 40)}.${random.int(0, 60)}.${random.int(0, 99)}`,
  },
  { keys: ['upc', 'item_barcode'], value: ({ random }) => numbers.ean13(random, '0').slice(1) },
  { keys: ['isbn10', 'book'], value: ({ random }) => random.form('#-####-####-#') },
  { keys: ['part_number', 'model_no'], value: ({ random }) => random.form('###-##-###') },
  { keys: ['serial', 'asset_tag'], value: ({ random }) => random.form('AA######') },
  { keys: ['epoch_us', 'received'], value: ({ random }) => `16${random.digits(14)}` },
  {
    keys: ['range', 'period'],
    value: ({ random }) =>
      `2026-0${random.int(1, 9)}-${random.int(10, 28)}/2026-1${random.int(0, 2)}-${random.int(10, 28)}`,
  },
  {
    keys: ['dimensions', 'size'],
    value: ({ random }) => `${random.int(100, 4000)}x${random.int(100, 4000)}`,
  },
  {
    keys: ['coordinates', 'center'],
    value: ({ faker }) => `${faker.location.latitude()},${faker.location.longitude()}`,
  },
  { keys: ['flight', 'train'], value: ({ random }) => random.form('AA####') },
  { keys: ['company', 'brand_name', 'file_name'], value: ({ faker }) => faker.company.name() },
  { keys: ['color_name', 'host_name', 'event_name'], value: ({ faker }) => faker.word.noun() },
  { keys: ['query', 'q', 'search'], value: ({ faker }) => faker.word.words({ count: { min: 1, max: 4 } }) },
  {
    keys: ['sort', 'order_by', 'fields'],
    value: ({ random }) => random.pick(['name', '-created', 'price,asc', 'email']),
  },
  {
    keys: ['contact_id', 'phone_id', 'address_id', 'card_id'],
    value: ({ random }) => String(random.int(1, 99_999_999)),
  },
  {
    keys: ['address_type', 'phone_type', 'name_format'],
    value: ({ random }) => random.pick(['home', 'work', 'other']),
  },
  { keys: ['email_count', 'password_length'], value: ({ random }) => String(random.int(1, 64)) },
  { keys: ['mime', 'media_type'], value: ({ faker }) => faker.system.mimeType() },
  { keys: ['path', 'file'], value: ({ faker }) => faker.system.filePath() },
  {
    keys: ['cron', 'schedule'],
    value: ({ random }) => `${random.int(0, 59)} ${random.int(0, 23)} * * ${random.int(0, 6)}`,
  },
  { keys: ['score', 'ratio', 'weight'], value: ({ random }) => random.next().toFixed(6) },
  {
    keys: ['hash', 'blob'],
    value: ({ random }) => random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789+/', 44),
  },
  { keys: ['object_id', '_id'], value: ({ random }) => random.text('0123456789abcdef', 24) },
  { keys: ['ulid', 'message_id'], value: ({ faker }) => faker.string.ulid() },
  { keys: ['currency_pair', 'ticker'], value: ({ random }) => random.form('AAAAAA') },
  {
    keys: ['code', 'coupon', 'promo'],
    value: ({ random }) => random.text('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 8),
  },
  { keys: ['duration', 'ttl'], value: ({ random }) => `PT${random.int(1, 59)}M` },
  { keys: ['package', 'dependency'], value: ({ faker }) => `${faker.word.noun()}@${faker.system.semver()}` },
];

export const validation: Generators = {
  name: 'validation',
  fakers: [fakerPL, fakerSV, fakerNL, fakerCS_CZ, fakerTR, fakerEN_IN, fakerJA],
  kinds: [...positives, ...negatives],
  neutralKeys: ['v', 'item', 'arg0', 'text1', 'content', 'f', 'prop', 'entry'],
  paths: [['svc', 'run'], ['rest', 'entities'], ['api', 'search'], ['graphql']],
};
