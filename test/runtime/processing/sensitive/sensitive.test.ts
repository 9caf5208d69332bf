import { expect } from 'chai';
import fc from 'fast-check';
import { ParameterSet } from '../../../../runtime/processing/points/parameter-set.ts';
import { dataClasses } from '../../../../runtime/processing/sensitive/catalogue.ts';
import { Examiner } from '../../../../runtime/processing/sensitive/examiner.ts';
import { verdictsOf } from '../../../../runtime/processing/sensitive/verdict.ts';
import { typeOfText } from '../../../../runtime/processing/value-type.ts';
import { Location } from '../../../../runtime/protocol/generated/findings.ts';
import { newObservation, ObservationSum } from '../../../../runtime/protocol/observation.ts';

function examined(name: string, values: readonly string[], options = {}) {
  const examiner = new Examiner(options);
  const sum = new ObservationSum(newObservation({}));
  for (const value of values) {
    const set = new ParameterSet({ examiner });
    set.add(Location.BODY, name, typeOfText(value), value);
    sum.add(newObservation({ parameters: set.toArray() }));
  }
  const [parameter] = sum.toObservation().parameters;
  if (parameter === undefined) throw new Error('no parameter');
  return parameter;
}

const classes = (name: string, ...values: string[]) =>
  verdictsOf(examined(name, values)).map(verdict => verdict.class);

const cards = ['4111111111111111', '5500005555555559', '6011000990139424', '4012888888881881'];

describe('sensitive data of a parameter', () => {
  it('is told by values alone where these leave no doubt', () => {
    expect(classes('value', 'jane@example.com')).to.deep.equal(['email']);
    expect(classes('value', ...cards)).to.deep.equal(['bank-card']);
    expect(classes('value', 'DE89370400440532013000', 'GB29 NWBK 6016 1331 9268 19')).to.deep.equal(['iban']);
    expect(classes('value', 'AKIAIOSFODNN7EXAMPLE')).to.deep.equal(['api-key']);
    expect(classes('value', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa')).to.deep.equal(['crypto-wallet']);
    expect(classes('value', 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq')).to.deep.equal(['crypto-wallet']);
  });

  it('needs enough values where one may pass by chance', () => {
    expect(classes('value', ...cards.slice(0, 2))).to.deep.equal([]);
    // Order numbers of which one passes.
    const orders = Array.from({ length: 9 }, (_, i) => String(4_000_000_000_000_000 + i * 7_919_331));
    expect(classes('value', ...orders, ...cards.slice(0, 1))).to.deep.equal([]);
  });

  it('is told by its name with one value', () => {
    expect(classes('payment.cardNumber', cards[0] ?? '')).to.deep.equal(['bank-card']);
    expect(classes('user_password', 'hunter2')).to.deep.equal(['password']);
    expect(classes('login_password', 'hunter2')).to.deep.equal(['password']);
    expect(classes('awsSecretAccessKey', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')).to.deep.equal([
      'secret-key',
    ]);
    expect(classes('last_name', 'Müller')).to.deep.equal(['personal-name']);
    expect(classes('mobile', '5551234567')).to.deep.equal(['phone']);
  });

  it('is not told by a name that speaks of something about it', () => {
    expect(classes('password_changed_at', '2026-01-01T00:00:00Z')).to.deep.equal([]);
    expect(classes('max_tokens', '4096')).to.deep.equal([]);
    expect(classes('page_token', 'CAUQAA0123456789abcdef')).to.deep.equal([]);
    expect(classes('phone_id', '5551234567')).to.deep.equal([]);
    expect(classes('version', '10.200.3.4')).to.deep.equal([]);
    expect(classes('image', 'icon@2x.png')).to.deep.equal([]);
  });

  it('may be of two classes that share its values', () => {
    const values = Array.from({ length: 10 }, (_, i) => (i % 2 ? `u${i}@example.com` : `+49301234567${i}`));
    expect(classes('email_or_phone', ...values).sort()).to.deep.equal(['email', 'phone']);
  });

  it('is counted, and its values forgotten', () => {
    const parameter = examined('value', ['jane@example.com', 'x']);
    expect(parameter).to.deep.include({
      examined: 2,
      sensitive: [{ class: 'email', values: 1, bestScore: 90 }],
    });
    expect(JSON.stringify(parameter)).not.to.contain('jane');
  });

  it('is looked for in the first hundred values of a name, and in a share of later ones', () => {
    const values = Array.from({ length: 300 }, (_, i) => `value-${i}`);
    expect(examined('value', values, { sampling: 0.25 }).examined).to.equal(150);
    expect(examined('value', values, { sampling: 0 }).examined).to.equal(100);
  });

  it('is never thrown on, and costs linear time', () => {
    const examiner = new Examiner();
    const look = (name: string, value: string) => {
      if (value === '') return;
      const set = new ParameterSet({ examiner }, ['card']);
      set.add(Location.QUERY, name, typeOfText(value), value);
    };
    fc.assert(fc.property(fc.string(), fc.string({ unit: 'binary', maxLength: 400 }), look), {
      numRuns: 3000,
    });
    fc.assert(
      fc.property(fc.constantFrom('card', 'phone', 'street'), fc.stringMatching(/^[\d ().+-]{5,60}$/), look),
    );
    const begin = performance.now();
    for (const unit of ['1', '+', '(', ' ', 'a', 'A1', '@', ':', '.', '-', '0x', 'é', '$2', 'eyJ.'])
      for (let i = 0; i < 20; i++) look('address', unit.repeat(100_000 / unit.length) + i);
    expect(performance.now() - begin).to.be.below(20_000);
  });

  it('has class names that are unique', () => {
    expect(new Set(dataClasses.map(({ name }) => name)).size).to.equal(dataClasses.length);
  });
});
