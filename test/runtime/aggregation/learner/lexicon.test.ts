import { expect } from 'chai';
import { isPlural, Lexicon, singular, wordsOf } from '../../../../runtime/aggregation/learner/lexicon.ts';

describe('wordsOf', () => {
  const cases: Record<string, string[]> = {
    users: ['users'],
    'order-items_v2': ['order', 'items', 'v'],
    getUserById: ['get', 'user', 'by', 'id'],
    HTTPServerError: ['http', 'server', 'error'],
    '2026': [],
    '': [],
  };
  for (const [text, words] of Object.entries(cases))
    it(`splits ${JSON.stringify(text)} into ${JSON.stringify(words)}`, () => {
      expect(wordsOf(text)).to.deep.equal(words);
    });

  it('looks at eight words at most', () => {
    expect(wordsOf('a-'.repeat(1000))).to.have.length(8);
  });
});

describe('singular', () => {
  const cases: Record<string, string> = {
    users: 'user',
    companies: 'company',
    boxes: 'box',
    addresses: 'address',
    status: 'status',
    news: 'new',
    class: 'class',
    series: 'sery',
  };
  for (const [plural, word] of Object.entries(cases))
    it(`makes ${word} of ${plural}`, () => {
      expect(singular(plural)).to.equal(word);
    });

  it('tells plurals', () => {
    expect(isPlural('invoices')).to.equal(true);
    expect(isPlural('invoice')).to.equal(false);
  });
});

describe('Lexicon', () => {
  it('finds a plural by its singular', () => {
    const lexicon = new Lexicon([['user', 3]]);
    expect(lexicon.frequency('users')).to.equal(3);
    expect(lexicon.frequency('unknown')).to.equal(0);
  });
});
