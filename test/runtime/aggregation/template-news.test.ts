import { expect } from 'chai';
import { TemplateNews } from '../../../runtime/aggregation/template-news.ts';
import type { Template, TemplateUpdate } from '../../../runtime/protocol/generated/findings.ts';
import { TemplateBook } from '../../../runtime/protocol/template-book.ts';

const template = (...literals: string[]): Template => ({
  method: '',
  segments: [
    ...literals.map(literal => ({ segment: { $case: 'literal' as const, literal } })),
    { segment: { $case: 'parameter', parameter: 'value' } },
  ],
});

describe('news of templates', () => {
  let book: TemplateBook;
  let news: TemplateNews;
  let told: TemplateUpdate[];
  beforeEach(() => {
    book = new TemplateBook();
    news = new TemplateNews(book, () => 1000);
    told = [];
  });

  it('go to the store and to all who listen, once per change and always newer', () => {
    news.publish('h', [template('a')]);
    const stop = news.subscribe(update => told.push(update));
    news.publish('h', [template('a')]);
    news.publish('h', [template('b')]);
    news.publish('h', []);
    news.publish('quiet', []);
    stop();
    news.publish('h', [template('c')]);
    expect(told.map(({ host, revision, templates }) => [host, revision, templates.length])).to.deep.equal([
      ['h', 1000, 1],
      ['h', 1001, 1],
      ['h', 1002, 0],
    ]);
    expect(
      book.collapse(
        'h',
        ['c', 'x'].map(literal => ({ segment: { $case: 'literal', literal } })),
      ),
    ).to.have.length(2);
  });

  it('stay with the store when they are too long for a frame', () => {
    news.subscribe(update => told.push(update));
    news.publish(
      'h',
      Array.from({ length: 1900 }, (_, i) => template(`resource-${i}`)),
    );
    expect(told[0]?.templates).to.deep.equal([]);
    expect(book.hosts).to.equal(1);
  });
});
