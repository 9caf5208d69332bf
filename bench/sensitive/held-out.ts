// Further locales, names, forms and negatives. Nothing was set by them: look at their figures, not at their mistakes.
import {
  fakerDA,
  fakerEN_AU,
  fakerES_MX,
  fakerFI,
  fakerHU,
  fakerKO,
  fakerPT_PT,
  fakerRO,
} from '@faker-js/faker';
import type { Generators, Kind } from './corpus.ts';
import * as numbers from './numbers.ts';

const positives: Kind[] = [
  {
    label: 'email',
    bySight: true,
    keys: ['notifyEmail', 'cc_email', 'contact.mail'],
    value: ({ faker }) => faker.internet.email({ provider: 'mail.example.org' }),
  },
  {
    label: 'phone',
    bySight: true,
    keys: ['mobile_no', 'contact.phone', 'work_phone', 'phoneNumberPrimary'],
    value: ({ faker }) => faker.phone.number({ style: 'international' }),
  },
  {
    label: 'phone',
    keys: ['telephone_number', 'cellPhone', 'emergency_contact_phone'],
    value: ({ faker }) => faker.phone.number({ style: 'national' }),
  },
  {
    label: 'bank-card',
    bySight: true,
    keys: ['cc', 'method.cardNumber', 'credit_card_number', 'card_no'],
    value: ({ random }) => numbers.card(random, random.chance(0.4)),
  },
  {
    label: 'iban',
    bySight: true,
    keys: ['debtorAccount.iban', 'iban_number', 'recipientIban'],
    value: ({ random }) => numbers.iban(random, random.chance(0.5)),
  },
  {
    label: 'us-ssn',
    bySight: true,
    keys: ['employee_ssn', 'socialSecurity'],
    value: ({ random }) => numbers.ssn(random),
  },
  {
    label: 'uk-nino',
    bySight: true,
    keys: ['niNumber', 'nino'],
    value: ({ random }) => numbers.nino(random).replace(/^(..)(..)(..)(..)(.)$/, '$1 $2 $3 $4 $5'),
  },
  {
    label: 'br-cpf',
    bySight: true,
    keys: ['titular_cpf', 'cpf'],
    value: ({ random }) => numbers.cpf(random, true),
  },
  {
    label: 'it-codice-fiscale',
    bySight: true,
    keys: ['cliente.codiceFiscale'],
    value: ({ random }) => numbers.codiceFiscale(random).toUpperCase(),
  },
  {
    label: 'jwt',
    bySight: true,
    keys: ['client_jwt', 'jwtToken'],
    value: ({ faker }) => faker.internet.jwt(),
  },
  {
    label: 'ip-address',
    bySight: true,
    keys: ['originIp', 'ip_addr', 'request.remote_ip'],
    value: ({ faker }) => faker.internet.ip(),
  },
  {
    label: 'mac-address',
    bySight: true,
    keys: ['router_mac', 'ethMac'],
    value: ({ faker }) => faker.internet.mac(),
  },
  {
    label: 'vin',
    bySight: true,
    keys: ['vin_number', 'vehicle.vin'],
    value: ({ random }) => numbers.vin(random),
  },
  {
    label: 'crypto-wallet',
    bySight: true,
    keys: ['depositWallet', 'ethereum_address'],
    value: ({ faker }) => faker.finance.ethereumAddress(),
  },
  {
    label: 'password',
    keys: ['login_password', 'pass', 'passphrase', 'adminPassword'],
    value: ({ random }) => random.text('abcdefghjkmnpqrstuvwxyzABCDEFGH23456789!$%', random.int(8, 16)),
  },
  {
    label: 'api-key',
    keys: ['maps_api_key', 'X-Api-Key', 'partnerApiKey'],
    value: ({ random }) => random.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 26),
  },
  {
    label: 'token',
    keys: ['csrf_token', 'refresh_token', 'push_token', 'authToken'],
    value: ({ random }) => Buffer.from(random.text('0123456789abcdefghij', 30)).toString('base64url'),
  },
  {
    label: 'secret-key',
    keys: ['webhook_secret', 'app_secret', 'awsSecretAccessKey'],
    value: ({ random }) => random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123456789', 32),
  },
  {
    label: 'personal-name',
    keys: ['firstName', 'applicant.last_name', 'passenger_name', 'contact_name'],
    value: ({ faker }) => faker.person.firstName(),
  },
  {
    label: 'postal-address',
    keys: ['addressLine1', 'delivery.street', 'mailing_address'],
    value: ({ faker }) => faker.location.streetAddress(),
  },
  {
    label: 'date-of-birth',
    keys: ['birthdate', 'member.dob', 'date-of-birth'],
    value: ({ faker }) => faker.date.birthdate().toISOString().slice(0, 10).split('-').reverse().join('.'),
  },
  {
    label: 'login',
    keys: ['userName', 'db_username', 'login'],
    value: ({ faker }) => faker.internet.username(),
  },
  {
    label: 'passport',
    keys: ['passportId', 'guest.passport_no'],
    value: ({ random }) => random.form('A#######'),
  },
  {
    label: 'driver-licence',
    keys: ['driving_licence', 'drivers_licence_number'],
    value: ({ random }) => random.form('#########'),
  },
  {
    label: 'imei',
    keys: ['handset_imei', 'imei_number'],
    value: ({ random }) => numbers.withLuhn(`35${random.digits(12)}`),
  },
  { label: 'us-npi', keys: ['npi_number', 'rendering.npi'], value: ({ random }) => numbers.npi(random) },
  { label: 'bic', keys: ['swift', 'bank.bic', 'swiftBic'], value: ({ faker }) => faker.finance.bic() },
];

const negatives: Kind[] = [
  { keys: ['po_number', 'quote_no', 'claim'], value: ({ random }) => random.form('##-####-####') },
  { keys: ['external_ref', 'job_id'], value: ({ random }) => random.digits(random.int(10, 14)) },
  { keys: ['receipt', 'folio'], value: ({ random }) => random.digits(15) },
  { keys: ['container', 'awb'], value: ({ random }) => random.form('AAA########') },
  { keys: ['trace', 'span_id'], value: ({ random }) => random.text('0123456789abcdef', 16) },
  {
    keys: ['rev', 'agent_version'],
    value: ({ random }) =>
      `v${random.int(1, 9)}.${random.int(0, 20)}.${random.int(0, 20)}-rc.${random.int(1, 9)}`,
  },
  {
    keys: ['assembly_version', 'driver_version'],
    value: ({ random }) => `${random.int(10, 31)}.0.${random.int(10, 99)}.${random.int(10, 99)}`,
  },
  { keys: ['plu', 'gtin14'], value: ({ random }) => numbers.ean13(random, '50') },
  { keys: ['warehouse_code', 'zone'], value: ({ random }) => random.form('A#-##-##') },
  { keys: ['amount_minor', 'balance'], value: ({ random }) => String(random.int(1, 99_999_999)) },
  { keys: ['nanos', 'clock'], value: ({ random }) => `17${random.digits(17)}` },
  { keys: ['label', 'headline'], value: ({ faker }) => faker.company.catchPhrase() },
  { keys: ['notes', 'message'], value: ({ faker }) => faker.lorem.paragraph() },
  { keys: ['domain_name', 'bucket_name', 'plan_name'], value: ({ faker }) => faker.internet.domainName() },
  { keys: ['cell', 'grid_cell'], value: ({ random }) => random.form('A##') },
  { keys: ['user_agent', 'browser'], value: ({ faker }) => faker.internet.userAgent() },
  { keys: ['emoji', 'reaction'], value: ({ faker }) => faker.internet.emoji() },
  {
    keys: ['mail_template', 'email_type', 'email_status'],
    value: ({ random }) => random.pick(['welcome', 'receipt', 'digest', 'reset']),
  },
  {
    keys: ['password_reset_required', 'card_present'],
    value: ({ random }) => random.pick(['true', 'false']),
  },
  {
    keys: ['token_type', 'auth_type', 'session_type'],
    value: ({ random }) => random.pick(['bearer', 'basic', 'oauth2', 'none']),
  },
  {
    keys: ['expires_in', 'session_timeout', 'token_ttl'],
    value: ({ random }) => String(random.int(60, 86_400)),
  },
  { keys: ['birth_country', 'city', 'department'], value: ({ faker }) => faker.location.city() },
  {
    keys: ['mac_version', 'ip_version', 'os'],
    value: ({ random }) => `${random.int(10, 15)}.${random.int(0, 9)}`,
  },
  {
    keys: ['selector', 'xpath'],
    value: ({ random }) => `//div[${random.int(1, 9)}]/span[@id="x${random.int(1, 99)}"]`,
  },
  {
    keys: ['formula', 'expression'],
    value: ({ random }) => `${random.int(1, 9)}*(${random.int(10, 99)}+${random.int(10, 99)})`,
  },
  { keys: ['iso_week', 'quarter'], value: ({ random }) => `2026-W${random.int(10, 52)}` },
  { keys: ['geohash', 'tile'], value: ({ random }) => random.text('0123456789bcdefghjkmnpqrstuvwxyz', 9) },
  {
    keys: ['public_url', 'callback'],
    value: ({ faker }) => `${faker.internet.url()}/cb?state=${faker.string.alphanumeric(12)}`,
  },
];

export const heldOut: Generators = {
  name: 'held-out',
  fakers: [fakerDA, fakerEN_AU, fakerES_MX, fakerFI, fakerHU, fakerKO, fakerPT_PT, fakerRO],
  kinds: [...positives, ...negatives],
  neutralKeys: ['val', 'param1', 'object', 'field_7', 'raw', 'body', 'el'],
  paths: [
    ['gateway', 'call'],
    ['api', 'things'],
    ['v3', 'batch'],
    ['forms', 'submit'],
  ],
};
