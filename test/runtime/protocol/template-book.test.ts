import { expect } from 'chai';
import type { Segment, Template } from '../../../runtime/protocol/generated/findings.ts';
import { TemplateBook } from '../../../runtime/protocol/template-book.ts';

/** `/users/{x}/[y]`: a replaced parameter in braces, a kept one in brackets. */
const template = (text: string): Template => ({
  method: '',
  segments: text
    .split('/')
    .slice(1)
    .map(part => ({
      segment: part.startsWith('{')
        ? { $case: 'parameter', parameter: part }
        : part.startsWith('[')
          ? { $case: 'kept', kept: part }
          : { $case: 'literal', literal: part },
    })),
});

const path = (text: string): Segment[] =>
  text
    .split('/')
    .slice(1)
    .map(part => ({
      segment: part.startsWith('<') ? { $case: 'shape', shape: part } : { $case: 'literal', literal: part },
    }));

const shown = (segments: Segment[] | undefined) =>
  segments
    ?.map(({ segment }) => (segment?.$case === 'shape' ? `<${segment.shape}>` : segment?.literal))
    .join('/');

describe('the book of templates', () => {
  const update = (book: TemplateBook, revision: number, ...texts: string[]) =>
    book.update({ host: 'h', revision, templates: texts.map(template) });

  it('replaces values of learnt parameters and leaves everything else', () => {
    const book = new TemplateBook();
    update(book, 1, '/users/{user}', '/users/me', '/users/{user}/posts/[post]', '/plans/[plan]');
    const collapsed = (text: string) => shown(book.collapse('h', path(text)));
    expect(collapsed('/users/ada')).to.equal('users/<string>');
    expect(collapsed('/users/ada/posts/first')).to.equal('users/<string>/posts/first');
    for (const same of [
      '/users/me',
      '/users/<integer>',
      '/plans/free',
      '/users/ada/photos',
      '/users',
      '/other',
    ])
      expect(collapsed(same), same).to.equal(undefined);
    expect(book.collapse('other', path('/users/ada'))).to.equal(undefined);
  });

  it('takes newer updates only, and forgets a host without templates', () => {
    const book = new TemplateBook();
    update(book, 5, '/a/{x}');
    update(book, 4, '/a/b');
    expect(shown(book.collapse('h', path('/a/c')))).to.equal('a/<string>');
    update(book, 6);
    expect(book.collapse('h', path('/a/c'))).to.equal(undefined);
    expect(book.hosts).to.equal(0);
  });

  it('does not believe more than it can keep', () => {
    const book = new TemplateBook();
    update(book, 1, ...Array.from({ length: 2001 }, (_, i) => `/a${i}/{x}`));
    expect(book.hosts).to.equal(0);
    for (let i = 0; i < 10_010; i++)
      book.update({ host: `h${i}`, revision: 1, templates: [template('/a/{x}')] });
    expect(book.hosts).to.equal(10_000);
  });
});
