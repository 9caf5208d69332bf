import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isEmail } from '../../value-type.ts';
import { vinCheckDigit } from '../checksums.ts';
import { checked, type DataClass, matching, type Pattern } from '../data-class.ts';
import type { ValueForm } from '../value-form.ts';

/** Files at scale 2 look like addresses: `icon@2x.png`. */
const fileName =
  /\.(?:png|jpe?g|gif|svg|webp|ico|bmp|css|m?js|tsx?|json|html?|xml|txt|md|pdf|zip|gz|map|log|ya?ml|conf)$/i;

const foreignEmail =
  /^[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,5}\.\p{L}{2,24}$/u;

const email: DataClass = {
  name: 'email',
  group: 'personal',
  patterns: [
    {
      min: 6,
      max: 254,
      score: ({ text }) => (text.includes('@') && isEmail(text) && !fileName.test(text) ? 0.9 : 0),
    },
    // `Jane Doe <jane@example.com>`, and lists.
    matching(/^[^@]{0,100}<[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}>$/, 0.8, 8, 254),
    // Addresses in other scripts (RFC 6531).
    {
      min: 6,
      max: 254,
      score: ({ text }) =>
        text.includes('@') && /[^\x20-\x7e]/.test(text) && foreignEmail.test(text) && !fileName.test(text)
          ? 0.7
          : 0,
    },
  ],
  words: { strong: 'email mail emailaddress mailaddress correo courriel epost eposta' },
  coincidence: 0.001,
};

const phoneForm = /^(?:\+|00)?\(?\d[\d\s().\-/]{4,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?$/;

/** With its country code the number says by itself whether it can exist. */
function internationalPhone({ text, digits }: ValueForm): number {
  if (!/^(?:\+|00)/.test(text) || digits.length < 8 || digits.length > 17 || !phoneForm.test(text)) return 0;
  const number = parsePhoneNumberFromString(text.replace(/^00/, '+'));
  if (number === undefined) return 0;
  if (text.startsWith('00')) return number.isValid() ? 0.3 : 0.1;
  if (number.isValid()) return 0.6;
  return number.isPossible() ? 0.3 : 0.1;
}

/** Grouped as people write it. Dates, versions and serial numbers are grouped otherwise, mostly. */
function nationalPhone({ text, digits, letters, others }: ValueForm): number {
  if (digits.length < 7 || digits.length > 16 || letters > 3 || !phoneForm.test(text)) return 0;
  // North American: area and exchange begin with 2 to 9.
  if (/^(?:1[\s.-]?)?\([2-9]\d\d\)\s?[2-9]\d\d[\s.-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?$/.test(text))
    return 0.35;
  if (/^(?:1-)?[2-9]\d\d([.-])[2-9]\d\d\1\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?$/.test(text)) return 0.25;
  // A trunk prefix in parentheses or before a space is a phone's alone.
  if (/^\(0\d{1,5}\)\s?\d[\d\s/-]{4,12}$/.test(text)) return 0.35;
  return others > 0 ? 0.15 : 0.1;
}

const phone: DataClass = {
  name: 'phone',
  group: 'personal',
  patterns: [{ min: 7, max: 32, score: form => Math.max(internationalPhone(form), nationalPhone(form)) }],
  words: {
    strong:
      'phone ph phno mob telephone mobile cell cellphone mobilephone phonenumber tel telno telefon telefono telefone handy handynummer celular movil msisdn whatsapp fax phoneno mobileno mobilenumber contactnumber telnumber telephonenumber rufnummer telefonnummer portable',
    weak: 'contact landline sms caller callerid dial',
    veto: 'id ids model type brand os version build code verified',
    rivals: 'order invoice ticket serial tracking sku part version model build id reference',
  },
  coincidence: 0.05,
};

const namePart = /^[\p{L}\p{M}][\p{L}\p{M}'’.\-\s]{0,60}$/u;

const personalName: DataClass = {
  name: 'personal-name',
  group: 'personal',
  // Two to four capitalised words are a name where the key is `user.name`, and much else elsewhere.
  patterns: [matching(/^\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}.'’-]*){1,3}$/u, 0.1, 5, 60)],
  words: {
    strong:
      'firstname lastname namefirst namelast namemiddle fullname surname givenname familyname middlename maidenname forename fname lname nickname personname customername patientname employeename contactname cardholdername cardholder holdername accountholder recipientname sendername guestname passengername birthname vorname nachname nombre apellido apellidos prenom nomdefamille cognome sobrenome legalname realname ownername studentname payeename beneficiaryname',
    weak: 'username authorname membername',
    vetoBefore:
      'file template product event class method function host domain company business brand column table',
  },
  plausible: ({ text, digits }, type) => type === 'string' && digits === '' && namePart.test(text),
};

const street =
  /\b(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|terrace|strasse|straße|str|weg|platz|allee|gasse|rue|chemin|calle|avenida|via|viale|piazza|rua|laan|straat|gatan|vägen)\b|(?:straße|strasse|str\.|weg|platz|allee|gasse|straat|gatan|vägen)(?=\s|$)/iu;

const address: DataClass = {
  name: 'postal-address',
  group: 'personal',
  patterns: [
    // House number and kind of street, in either order.
    {
      min: 6,
      max: 200,
      score: ({ text, digits, hasSpace, letters }) =>
        hasSpace && letters > 4 && digits !== '' && digits.length <= 12 && isStreet(text) ? 0.3 : 0,
    },
  ],
  words: {
    strong:
      'street streetaddress addressline addressline1 address1 addr addr1 postaladdress homeaddress shippingaddress billingaddress mailingaddress deliveryaddress residence strasse adresse direccion endereco indirizzo anschrift streetname calle address',
    weak: 'shipping billing delivery home',
    vetoBefore: 'ip mac email mail wallet crypto web url host server memory eth btc contract',
  },
  plausible: ({ text, letters, hasSpace }, type) =>
    type === 'string' && letters > 2 && hasSpace && !/[@{}<>=]|:\/\//.test(text) && text.length >= 5,
  coincidence: 0.1,
};

function isStreet(text: string): boolean {
  return (
    (/^\d{1,6}[a-z]?,?\s+\p{L}/iu.test(text) || /^\p{L}.*\s\d{1,5}\s?[a-z]?(?:,|$)/iu.test(text)) &&
    street.test(text)
  );
}

const postalCode: DataClass = {
  name: 'postal-code',
  group: 'personal',
  patterns: [],
  words: { strong: 'zip zipcode postalcode postcode postleitzahl plz codigopostal cap cep pincode' },
  plausible: ({ digits, text }) =>
    text.length >= 3 && text.length <= 10 && digits.length >= 1 && /^[A-Z0-9][A-Z0-9 -]+$/i.test(text),
};

const date =
  /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].{0,24})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8}|\d{1,2}\.? \p{L}{3,12}\.?,? \d{4}|\p{L}{3,12}\.? \d{1,2},? \d{4})$/u;

const birthDate: DataClass = {
  name: 'date-of-birth',
  group: 'personal',
  patterns: [],
  words: {
    strong:
      'dob birthdate dateofbirth birthday birth geburtsdatum fechanacimiento fechadenacimiento datenaissance datedenaissance nascita datanascita datanascimento bday birthdt dobdate',
  },
  plausible: ({ text }) => date.test(text),
};

const passport: DataClass = {
  name: 'passport',
  group: 'personal',
  patterns: [matching(/^[A-Z]{1,2}\d{6,8}$|^\d{2}[A-Z]{2}\d{5}$|^[CFGHJKLMNPRTVWXYZ0-9]{9}$/, 0.1, 7, 9)],
  words: {
    strong:
      'passport passportnumber passportno passportid reisepass pasaporte passeport travelldocument passaporto passaporte',
  },
  plausible: ({ text, digits }) => /^[A-Z0-9<]{6,12}$/i.test(text) && digits.length >= 3,
};

const driverLicence: DataClass = {
  name: 'driver-licence',
  group: 'personal',
  patterns: [],
  words: {
    strong:
      'driverlicense driverslicense driverlicence driverslicence driverlicensenumber driverslicensenumber drivinglicence drivinglicense dlnumber licensenumber licencenumber dln fuehrerschein driverid',
    vetoBefore: 'software product medical',
  },
  plausible: ({ text, digits }) => /^[A-Z0-9][A-Z0-9 -]{4,18}$/i.test(text) && digits.length >= 3,
};

const login: DataClass = {
  name: 'login',
  group: 'personal',
  patterns: [],
  words: {
    strong: 'username login loginname userlogin loginid benutzername usuario nomutilisateur screenname',
    veto: 'attempts page time method',
    vetoBefore: 'last',
  },
  plausible: ({ text, letters, others }, type) =>
    (type === 'string' || type === 'email') && letters > 0 && others <= 4 && /^\S{2,64}$/.test(text),
};

const plate: Pattern = matching(
  /^(?=.*[A-Z])(?=.*\d)[A-Z0-9]{1,4}[- ]?[A-Z0-9]{1,4}[- ]?[A-Z0-9]{1,4}$/,
  0.1,
  4,
  11,
);

const licencePlate: DataClass = {
  name: 'licence-plate',
  group: 'personal',
  patterns: [plate],
  words: {
    strong: 'licenseplate licenceplate platenumber numberplate vehicleregistration kennzeichen matricula',
  },
};

// Tracking numbers of one carrier begin with 1Z, which no maker has.
const vinForm = /^(?!1Z)[A-HJ-NPR-Z0-9]{17}$/;

const vin: DataClass = {
  name: 'vin',
  group: 'personal',
  patterns: [
    checked(vinForm, form => vinCheckDigitOf(form), 0.5, 17, 17),
    // The serial number at the end is mostly digits; European numbers have no check digit.
    checked(vinForm, ({ text, letters }) => letters >= 2 && /\d{4}$/.test(text), 0.3, 17, 17),
    checked(vinForm, ({ letters }) => letters >= 2, 0.1, 17, 17),
  ],
  words: {
    strong: 'vin vehicleidentificationnumber vinnumber chassis chassisnumber fahrgestellnummer',
    weak: 'vehicle car',
  },
  coincidence: 0.05,
};

function vinCheckDigitOf({ text, letters }: ValueForm): boolean {
  return letters >= 2 && vinCheckDigit(text);
}

export const personalClasses: readonly DataClass[] = [
  ...[
    email,
    phone,
    personalName,
    address,
    postalCode,
    birthDate,
    passport,
    driverLicence,
    login,
    licencePlate,
  ],
  vin,
];
