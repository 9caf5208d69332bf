// Kinds and locales that thresholds were set on.
import { fakerDE, fakerEN_GB, fakerEN_US, fakerES, fakerFR, fakerIT, fakerPT_BR } from '@faker-js/faker';
import type { Generators, Kind } from './corpus.ts';
import * as numbers from './numbers.ts';

const positives: Kind[] = [
  {
    label: 'email',
    bySight: true,
    keys: ['email', 'userEmail', 'contact_email', 'mail'],
    value: ({ faker }) => faker.internet.email(),
  },
  {
    label: 'phone',
    bySight: true,
    keys: ['phone', 'mobile', 'phone_number', 'contactPhone'],
    value: ({ faker }) => faker.phone.number({ style: 'international' }),
  },
  {
    label: 'phone',
    keys: ['phone', 'telephone', 'mobile_number'],
    value: ({ faker }) => faker.phone.number({ style: 'national' }),
  },
  {
    label: 'bank-card',
    bySight: true,
    keys: ['card_number', 'cardNumber', 'pan', 'creditCard'],
    value: ({ random }) => numbers.card(random),
  },
  {
    label: 'bank-card',
    bySight: true,
    keys: ['card.number', 'cc_number'],
    value: ({ random }) => numbers.card(random, true),
  },
  {
    label: 'iban',
    bySight: true,
    keys: ['iban', 'bank_account.iban', 'creditorIban'],
    value: ({ random }) => numbers.iban(random, random.chance(0.3)),
  },
  {
    label: 'us-ssn',
    bySight: true,
    keys: ['ssn', 'socialSecurityNumber', 'social_security'],
    value: ({ random }) => numbers.ssn(random),
  },
  {
    label: 'us-ssn',
    keys: ['ssn', 'social_security_number'],
    value: ({ random }) => numbers.ssn(random).replaceAll('-', ''),
  },
  {
    label: 'br-cpf',
    bySight: true,
    keys: ['cpf', 'customer_cpf'],
    value: ({ random }) => numbers.cpf(random, random.chance(0.5)),
  },
  {
    label: 'fr-nir',
    bySight: true,
    keys: ['nir', 'numero_securite_sociale'],
    value: ({ random }) => numbers.nir(random),
  },
  { label: 'es-dni', bySight: true, keys: ['dni', 'nif'], value: ({ random }) => numbers.dni(random) },
  {
    label: 'it-codice-fiscale',
    bySight: true,
    keys: ['codice_fiscale', 'codiceFiscale'],
    value: ({ random }) => numbers.codiceFiscale(random),
  },
  {
    label: 'uk-nino',
    bySight: true,
    keys: ['nino', 'national_insurance_number'],
    value: ({ random }) => numbers.nino(random),
  },
  { label: 'jwt', bySight: true, keys: ['jwt', 'id_token'], value: ({ faker }) => faker.internet.jwt() },
  {
    label: 'ip-address',
    bySight: true,
    keys: ['ip', 'client_ip', 'ipAddress'],
    value: ({ faker }) => faker.internet.ipv4(),
  },
  {
    label: 'ip-address',
    bySight: true,
    keys: ['ip', 'remote_addr'],
    value: ({ faker }) => faker.internet.ipv6(),
  },
  {
    label: 'mac-address',
    bySight: true,
    keys: ['mac', 'mac_address', 'hwaddr'],
    value: ({ faker }) => faker.internet.mac(),
  },
  { label: 'vin', bySight: true, keys: ['vin', 'vehicle_vin'], value: ({ random }) => numbers.vin(random) },
  {
    label: 'crypto-wallet',
    bySight: true,
    keys: ['wallet_address', 'eth_address', 'wallet'],
    value: ({ faker }) => faker.finance.ethereumAddress(),
  },
  {
    label: 'password',
    keys: ['password', 'newPassword', 'passwd', 'user_password'],
    value: ({ faker }) => faker.internet.password(),
  },
  {
    label: 'api-key',
    keys: ['api_key', 'apiKey', 'x-api-key'],
    value: ({ random }) => random.text('0123456789abcdefghijklmnopqrstuvwxyz', 40),
  },
  {
    label: 'api-key',
    bySight: true,
    keys: ['access_key', 'aws_access_key_id'],
    value: ({ random }) => `AKIA${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
  },
  {
    label: 'token',
    keys: ['access_token', 'refreshToken', 'session_token', 'auth_token'],
    value: ({ random }) => random.text('0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZ_-', 43),
  },
  {
    label: 'secret-key',
    keys: ['client_secret', 'secretKey'],
    value: ({ random }) => random.text('0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZ/+', 40),
  },
  {
    label: 'personal-name',
    keys: ['first_name', 'lastName', 'full_name', 'cardholder_name', 'surname'],
    value: ({ faker }) => faker.person.lastName(),
  },
  {
    label: 'postal-address',
    keys: ['street', 'address_line_1', 'shipping_address', 'streetAddress'],
    value: ({ faker }) => faker.location.streetAddress(),
  },
  {
    label: 'date-of-birth',
    keys: ['dob', 'birth_date', 'dateOfBirth', 'birthday'],
    value: ({ faker }) => faker.date.birthdate().toISOString().slice(0, 10),
  },
  {
    label: 'login',
    keys: ['username', 'login', 'userName'],
    value: ({ faker }) => faker.internet.username(),
  },
  {
    label: 'passport',
    keys: ['passport_number', 'passportNo'],
    value: ({ random }) => random.form('A########'),
  },
  {
    label: 'driver-licence',
    keys: ['drivers_license', 'driverLicenseNumber'],
    value: ({ random }) => random.form('A#######'),
  },
  {
    label: 'postal-code',
    keys: ['zip', 'postal_code', 'zipCode'],
    value: ({ faker }) => faker.location.zipCode(),
  },
  { label: 'cvv', keys: ['cvv', 'cvc', 'card_cvv'], value: ({ random }) => random.digits(3) },
  { label: 'bic', keys: ['bic', 'swift_code'], value: ({ faker }) => faker.finance.bic() },
  { label: 'us-npi', keys: ['npi', 'provider_npi'], value: ({ random }) => numbers.npi(random) },
  { label: 'medical-licence', keys: ['dea_number', 'dea'], value: ({ random }) => numbers.dea(random) },
  {
    label: 'imei',
    keys: ['imei', 'device_imei'],
    value: ({ random }) => numbers.withLuhn(`35${random.digits(12)}`),
  },
  {
    label: 'private-key',
    bySight: true,
    keys: ['private_key', 'sshKey'],
    value: ({ random }) =>
      `-----BEGIN RSA PRIVATE KEY-----\n${random.text('ABCDEFabcdef0123456789+/', 256)}\n-----END RSA PRIVATE KEY-----`,
  },
  {
    label: 'url-credentials',
    bySight: true,
    keys: ['database_url', 'dsn', 'repository'],
    value: ({ random, faker }) =>
      `postgres://${faker.internet.username()}:${random.text('abcdef0123456789', 12)}@db.internal:5432/app`,
  },
];

const negatives: Kind[] = [
  { keys: ['order_number', 'orderNo', 'invoice_number'], value: ({ random }) => random.form('###-###-####') },
  { keys: ['order_id', 'transaction_id', 'payment_id'], value: ({ random }) => random.digits(16) },
  {
    keys: ['id', 'user_id', 'account_id'],
    value: ({ random }) => String(random.int(100_000_000, 999_999_999)),
  },
  { keys: ['tracking_number', 'shipment'], value: ({ random }) => random.form('1Z###AA###########') },
  { keys: ['uuid', 'request_id', 'device_id'], value: ({ faker }) => faker.string.uuid() },
  { keys: ['uuid_part', 'node'], value: ({ faker }) => faker.string.uuid().slice(0, 13) },
  {
    keys: ['timestamp', 'created', 'ts'],
    value: ({ random }) => String(1_600_000_000 + random.int(0, 200_000_000)),
  },
  {
    keys: ['timestamp_ms', 'updated'],
    value: ({ random }) => String(1_600_000_000_000 + random.int(0, 200_000_000) * 1000),
  },
  {
    keys: ['version', 'app_version', 'build'],
    value: ({ random }) => `${random.int(0, 20)}.${random.int(0, 30)}.${random.int(0, 99)}`,
  },
  {
    keys: ['version', 'firmware_version'],
    value: ({ random }) =>
      `${random.int(0, 20)}.${random.int(0, 30)}.${random.int(0, 99)}.${random.int(0, 50)}`,
  },
  { keys: ['checksum', 'md5', 'etag'], value: ({ random }) => random.text('0123456789abcdef', 32) },
  { keys: ['sha1', 'commit', 'digest'], value: ({ random }) => random.text('0123456789abcdef', 40) },
  { keys: ['gtin', 'ean', 'barcode'], value: ({ random }) => numbers.ean13(random) },
  { keys: ['isbn'], value: ({ random }) => numbers.ean13(random, '978') },
  { keys: ['sku', 'product_code', 'article'], value: ({ random }) => random.form('AA-####-AA') },
  { keys: ['price', 'amount', 'total'], value: ({ random }) => (random.int(1, 1_000_000) / 100).toFixed(2) },
  { keys: ['quantity', 'page', 'limit', 'count'], value: ({ random }) => String(random.int(1, 500)) },
  { keys: ['title', 'product_name', 'category_name'], value: ({ faker }) => faker.commerce.productName() },
  { keys: ['description', 'comment', 'text'], value: ({ faker }) => faker.lorem.sentence() },
  {
    keys: ['date', 'start_date', 'due'],
    value: ({ faker }) => faker.date.recent().toISOString().slice(0, 10),
  },
  { keys: ['updated_at', 'password_changed_at'], value: ({ faker }) => faker.date.recent().toISOString() },
  { keys: ['url', 'image', 'avatar_url'], value: ({ faker }) => faker.internet.url() },
  { keys: ['image', 'icon', 'asset'], value: ({ faker }) => `${faker.word.noun()}@2x.png` },
  { keys: ['slug', 'handle'], value: ({ faker }) => faker.lorem.slug() },
  {
    keys: ['status', 'state', 'card_type'],
    value: ({ random }) => random.pick(['active', 'pending', 'closed', 'failed']),
  },
  { keys: ['country', 'locale', 'currency'], value: ({ faker }) => faker.location.countryCode() },
  {
    keys: ['page_token', 'cursor', 'next'],
    value: ({ random }) => random.text('ABCDEFabcdef0123456789_-', 36),
  },
  { keys: ['tokens_used', 'max_tokens', 'token_count'], value: ({ random }) => String(random.int(1, 4000)) },
  { keys: ['color', 'background'], value: ({ faker }) => faker.color.rgb() },
  { keys: ['flag', 'email_verified', 'has_password'], value: ({ random }) => random.pick(['true', 'false']) },
  { keys: ['lat', 'lng'], value: ({ faker }) => String(faker.location.latitude()) },
  {
    keys: ['time', 'opens'],
    value: ({ random }) =>
      `${String(random.int(0, 23)).padStart(2, '0')}:${String(random.int(0, 59)).padStart(2, '0')}:00`,
  },
  {
    keys: ['payload', 'content'],
    value: ({ random }) => Buffer.from(random.text('abcdefgh ', 30)).toString('base64'),
  },
  {
    keys: ['phone_model', 'device'],
    value: ({ random }) => `${random.pick(['SM', 'GT', 'LG'])}-${random.form('A###')}`,
  },
];

export const development: Generators = {
  name: 'development',
  fakers: [fakerEN_US, fakerEN_GB, fakerDE, fakerFR, fakerES, fakerIT, fakerPT_BR],
  kinds: [...positives, ...negatives],
  neutralKeys: ['value', 'field1', 'data', 'input', 'param', 'x', 'attr'],
  paths: [['api', 'v1', 'items'], ['records'], ['v2', 'objects'], ['submit']],
};
