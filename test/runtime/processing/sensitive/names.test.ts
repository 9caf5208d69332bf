import { expect } from 'chai';
import { ParameterSet } from '../../../../runtime/processing/points/parameter-set.ts';
import { Examiner } from '../../../../runtime/processing/sensitive/examiner.ts';
import { verdictsOf } from '../../../../runtime/processing/sensitive/verdict.ts';
import { typeOfText } from '../../../../runtime/processing/value-type.ts';
import { Location } from '../../../../runtime/protocol/generated/findings.ts';

/** Name, one value, and what that is; empty: nothing sensitive. */
const cases: [name: string, value: string, expected: string][] = [
  ['order.phone', '5551234567', 'phone'],
  ['contact_no', '9876543210', 'phone'],
  ['mob', '9876543210', 'phone'],
  ['e-mail', 'a@b.example', 'email'],
  ['email_id', 'a@b.example', 'email'],
  ['cc_num', '4111111111111111', 'bank-card'],
  ['payment.card', '4111 1111 1111 1111', 'bank-card'],
  ['address', 'Hauptstr. 5', 'postal-address'],
  ['address.line_1', '1 Infinite Loop', 'postal-address'],
  ['address', '0x52908400098527886E0F7030069857D2E4169EE7', 'crypto-wallet'],
  ['reset_password', 'hunter2!', 'password'],
  ['credentials.password', 'hunter2!', 'password'],
  ['api.key', 'abcdef0123456789abcdef', 'api-key'],
  ['name.last', 'Lovelace', 'personal-name'],
  ['user.name', 'Ada Lovelace', 'personal-name'],
  ['username', 'ada_l', 'login'],
  ['tax_id', '12-3456789', 'us-ein'],
  ['passport.number', 'A12345678', 'passport'],
  ['driver.license', 'D1234567', 'driver-licence'],
  ['birth.date', '1990-01-01', 'date-of-birth'],
  ['dob', 'Jan 5, 1990', 'date-of-birth'],
  ['acct_num', '12345678', 'bank-account'],
  ['session_id', 's%3Aabc123def456ghi789', 'token'],
  ['diagnosis_code', 'E11.9', 'diagnosis'],
  ['address', 'server-01.internal', ''],
  ['name', 'Blue Shirt', ''],
  ['company.name', 'Acme Corp', ''],
  ['token_type', 'bearer', ''],
  ['last_login', '2026-01-01', ''],
  ['password_hint', 'my dog', ''],
  ['phone_verified', 'true', ''],
  ['sort_key', 'name', ''],
  ['login_count', '5', ''],
  ['pinned', '1234', ''],
  ['zipfile', 'a.zip', ''],
];

describe('the name of a parameter', () => {
  for (const [name, value, expected] of cases)
    it(`"${name}" with ${value} says ${expected === '' ? 'nothing' : expected}`, () => {
      const set = new ParameterSet({ examiner: new Examiner() });
      set.add(Location.BODY, name, typeOfText(value), value);
      const classes = set.toArray().flatMap(parameter => verdictsOf(parameter).map(item => item.class));
      expect(classes.join()).to.equal(expected);
    });
});
