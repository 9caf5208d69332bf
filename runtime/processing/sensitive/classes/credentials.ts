import type { ValueType } from '../../../protocol/value-types.ts';
import { type DataClass, matching, type Pattern } from '../data-class.ts';
import type { ValueForm } from '../value-form.ts';

const never = new Set<ValueType>(['boolean', 'date', 'date-time', 'time', 'duration', 'uri', 'email']);

/** After a secret's name: something about it. */
const aboutSecret =
  'min max reset changed updated expires expiry expired expiration expiresin hint limit usage used remaining strength attempts name ttl timeout';

const password: DataClass = {
  name: 'password',
  group: 'credentials',
  patterns: [
    // Hashes of passwords: bcrypt, crypt, Argon2, PBKDF2.
    matching(
      /^\$(?:2[abxy]?|argon2(?:id?|d)|pbkdf2[\w-]*|[156]|scrypt)\$[./A-Za-z0-9=,$+]{10,200}$/,
      0.8,
      20,
      220,
    ),
  ],
  words: {
    strong:
      'password passwd pwd pw passphrase passcode userpassword newpassword oldpassword currentpassword confirmpassword passwordconfirmation passwort kennwort contrasena motdepasse mdp senha wachtwoord haslo parola losenord salasana pass',
    veto: aboutSecret,
    vetoBefore: 'has is min max',
  },
  plausible: ({ text }, type) => !never.has(type) && text.length >= 3,
};

const pin: DataClass = {
  name: 'pin',
  group: 'credentials',
  patterns: [matching(/^\d{4,8}$/, 0.1, 4, 8)],
  words: {
    strong:
      'pin pinnumber userpin cardpin otp otpcode onetimepassword onetimecode mfacode totp verificationcode smscode twofactorcode 2facode pincode2',
    veto: 'enabled status type',
  },
  coincidence: 0.9,
};

const jwt: DataClass = {
  name: 'jwt',
  group: 'credentials',
  patterns: [
    {
      min: 20,
      max: 4096,
      score: ({ text }) => (isJwt(text.replace(/^Bearer\s+/i, '')) ? 0.9 : 0),
    },
  ],
  words: { strong: 'jwt idtoken' },
  coincidence: 0.0001,
};

/** RFC 7519 over RFC 7515: the header is JSON with `alg`, or begins so where it was cut. */
function isJwt(text: string): boolean {
  const match = /^(eyJ[\w-]{5,})\.([\w-]{2,})(?:\.[\w-]*){1,3}$/.exec(text);
  if (match === null) return false;
  const header = Buffer.from(match[1] ?? '', 'base64url').toString('latin1');
  return /"(?:alg|typ|kid|enc)"\s*:/.test(header);
}

/** Shapes that issuers chose so that they can be recognised. */
const issued: Pattern = {
  min: 16,
  max: 512,
  score: ({ text, hasSpace }) => (!hasSpace && issuedKey.test(text) ? 0.9 : 0),
};
const issuedKey =
  /^(?:(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}|(?:sk|pk|rk)_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z+/=]{20,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{28}|SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}|sk-(?:ant-|proj-)?[\w-]{20,}|npm_[0-9A-Za-z]{36}|pypi-[\w-]{16,}|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|hf_[0-9A-Za-z]{30,}|EAA[0-9A-Za-z]{30,}|sq0(?:atp|csp)-[\w-]{22,}|AC[0-9a-f]{32}|SK[0-9a-f]{32}|dapi[0-9a-f]{32}|NRAK-[0-9A-Z]{27}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|lin_api_[0-9A-Za-z]{40}|vault:v\d:\S+|hv[sb]\.[\w-]{20,})$/;

const privateKey: DataClass = {
  name: 'private-key',
  group: 'credentials',
  patterns: [
    {
      min: 40,
      max: 4096,
      score: ({ text }) => (/-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/.test(text) ? 1 : 0),
    },
  ],
  words: { strong: 'privatekey signingkey encryptionkey sshkey pemkey privkey' },
  plausible: isOpaque,
  coincidence: 0.0001,
};

/** Long, without spaces, of mixed characters: what keys look like that nobody gave a shape. */
function isOpaque({ text, hasSpace, letters, digits }: ValueForm, type: ValueType): boolean {
  if (hasSpace || text.length < 12 || never.has(type) || type === 'int32' || type === 'int64') return false;
  return (letters > 0 && digits !== '') || text.length >= 20;
}

const apiKey: DataClass = {
  name: 'api-key',
  group: 'credentials',
  patterns: [issued, matching(/^(?=.*\d)(?=.*[a-z])[0-9a-z]{32,}$/i, 0.1, 32, 256)],
  words: {
    strong:
      'apikey xapikey apitoken appkey applicationkey accesskey accesskeyid subscriptionkey ocpapimsubscriptionkey authkey servicekey apisecret consumerkey clientkey licensekey apikeyid awsaccesskeyid',
    weak: 'api key',
    veto: aboutSecret,
  },
  plausible: isOpaque,
  coincidence: 0.0001,
};

const secret: DataClass = {
  name: 'secret-key',
  group: 'credentials',
  patterns: [],
  words: {
    strong:
      'secret secretkey clientsecret appsecret consumersecret sharedsecret secretaccesskey awssecretaccesskey webhooksecret signingsecret hmackey masterkey salt',
    veto: aboutSecret,
  },
  plausible: isOpaque,
};

const token: DataClass = {
  name: 'token',
  group: 'credentials',
  patterns: [
    matching(/^(?:Bearer|Token|DPoP)\s+[\w.~+/=-]{8,}$/i, 0.7, 12, 4096),
    matching(/^Basic\s+[A-Za-z0-9+/]{4,}={0,2}$/i, 0.7, 10, 1024),
  ],
  words: {
    strong:
      'token accesstoken refreshtoken authtoken bearertoken sessiontoken sessionid session authorization auth oauthtoken securitytoken csrftoken xsrftoken csrf xsrf devicetoken pushtoken sessid jsessionid phpsessid sid xauthtoken xaccesstoken authentication credential credentials bearer',
    veto: `${aboutSecret} cookie consent`,
    vetoBefore:
      'page next prev previous last cursor continuation pagination max min has is prompt completion input output total sort',
  },
  plausible: isOpaque,
  coincidence: 0.0001,
};

const urlCredentials: DataClass = {
  name: 'url-credentials',
  group: 'credentials',
  patterns: [
    matching(/^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,128}:[^\s/@]{1,128}@[^\s/]{1,255}/i, 0.9, 10, 4096),
  ],
  words: {},
  coincidence: 0.0001,
};

export const credentialClasses: readonly DataClass[] = [
  ...[password, pin, jwt, privateKey, apiKey, secret, token, urlCredentials],
];
