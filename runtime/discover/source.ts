// Exchanges of a file, as often as they are asked for. The format is recognised by the content, never by the name.
import type { Exchange } from '../protocol/generated/mirror.ts';
import { isHar, readHar } from './har.ts';
import { InputError } from './input-error.ts';
import { readLines } from './line-reader.ts';
import { isObserved, observedExchange } from './observed.ts';
import { exchangeOf, recordOf } from './record.ts';

/** Exchanges in order; undefined for an empty line, which is none. */
export type Exchanges = AsyncIterable<readonly (Exchange | undefined)[]>;

export interface Source {
  readonly exchanges: () => Exchanges;
}

/** Looks at the first line. `name` stands in messages. Throws InputError when the file is neither NDJSON nor HAR. */
export async function openSource(file: string, name: string): Promise<Source> {
  const first = await firstLine(file);
  if (first.trimStart().startsWith('['))
    throw new InputError(`${name}:1: a list; expected one JSON object per line, or a HAR`);
  let value: unknown;
  try {
    value = first.trim() === '' ? undefined : JSON.parse(first);
  } catch (error) {
    // A HAR is usually written over many lines; an NDJSON line is always whole.
    if (!/^\s*\{\s*("log"\s*:|$)/.test(first))
      throw new InputError(`${name}:1: not JSON: ${(error as Error).message}`);
    return harSource(file, name);
  }
  return isHar(value) ? harSource(file, name) : { exchanges: () => readExchanges(file, name) };
}

async function firstLine(file: string): Promise<string> {
  for await (const lines of readLines(file)) {
    const line = lines.find(text => text.trim() !== '');
    if (line !== undefined) return line;
  }
  return '';
}

async function harSource(file: string, name: string): Promise<Source> {
  const records = await readHar(file, name);
  return {
    exchanges: async function* () {
      yield records.map(exchangeOf);
    },
  };
}

async function* readExchanges(
  file: string,
  name: string,
): Exchanges & AsyncGenerator<(Exchange | undefined)[]> {
  let line = 0;
  for await (const lines of readLines(file)) {
    yield lines.map(text => {
      line += 1;
      if (text.trim() === '') return undefined;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new InputError(`${name}:${line}: not JSON: ${(error as Error).message}`);
      }
      const where = `${name}:${line}`;
      return isObserved(value) ? observedExchange(value, where) : exchangeOf(recordOf(value, where));
    });
  }
}
