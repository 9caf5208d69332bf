import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLog } from '../../../runtime/service/log.ts';
import { readToken, TokenError } from '../../../runtime/service/token.ts';

describe('the installation token', () => {
  const directory = mkdtempSync(join(tmpdir(), 'oob-token-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = (text: string) => {
    writeFileSync(join(directory, 'token'), text);
    return { WALLARM_API_TOKEN_FILE: join(directory, 'token') };
  };

  it('comes from the variable, or from the file, without white space around it', () => {
    expect(readToken({ WALLARM_API_TOKEN: ' abc ' })).to.equal('abc');
    expect(readToken(file('from/file==\n'))).to.equal('from/file==');
    expect(readToken({ WALLARM_API_TOKEN: 'abc', ...file('other') })).to.equal('abc');
  });

  it('is asked for when it is missing, and never repeated when it is wrong', () => {
    expect(() => readToken({})).to.throw(TokenError, 'set WALLARM_API_TOKEN');
    expect(() => readToken(file('\n'))).to.throw(TokenError, 'is empty');
    expect(() => readToken({ WALLARM_API_TOKEN_FILE: '/nowhere/token' })).to.throw(TokenError, 'ENOENT');
    expect(() => readToken(file('x'.repeat(5000)))).to.throw(TokenError, 'at most 4096');
    try {
      readToken({ WALLARM_API_TOKEN: 'sec ret' });
      throw new Error('accepted');
    } catch (error) {
      expect((error as Error).message)
        .to.contain('one word')
        .and.not.contain('sec ret');
    }
  });
});

describe('a log', () => {
  function written(pretty: boolean, write: (log: ReturnType<typeof createLog>) => void): string {
    let text = '';
    const destination = {
      write(line: string) {
        text += line;
      },
    };
    write(createLog({ level: 'info', pretty, name: 'test', secrets: ['s3cret"token'], destination }));
    return text;
  }

  it('never holds the token, whatever field or message it got into', () => {
    const text = written(false, log => {
      log.info({ url: 'https://x/?t=s3cret"token', token: 'other' }, 'with s3cret"token inside');
      log.error({ err: new Error('s3cret"token'), headers: { authorization: 'Bearer zzz' } }, 'failed');
    });
    expect(text).not.to.match(/s3cret|other|zzz/);
    expect(text.match(/\[redacted\]/g)).to.have.length.at.least(5);
  });

  it('is JSON, one line each', () => {
    const lines = written(false, log => log.info({ a: 1 }, 'one\ntwo'))
      .trim()
      .split('\n');
    expect(lines.map(line => JSON.parse(line))[0]).to.include({ name: 'test', a: 1, msg: 'one\ntwo' });
    expect(lines).to.have.length(1);
  });
});
