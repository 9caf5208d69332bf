import { type Document, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { logLevels, type Move, moves } from './moves.ts';

/** A migrated values file, and one line for each change. */
export interface Migration {
  readonly text: string;
  readonly changes: readonly string[];
}

/**
 * Values of the 0.10 dialect as those of today; comments stay with their keys. A file of today comes out as it is.
 *
 * @throws RangeError when the text is not one YAML map
 */
export function migrateValues(text: string): Migration {
  const document = parseDocument(text, { version: '1.1' });
  const [problem] = document.errors;
  if (problem) throw new RangeError(`not YAML: ${problem.message.split('\n')[0]}`);
  if (document.contents === null) return { text, changes: [] };
  if (!isMap(document.contents)) throw new RangeError('expected a map of values');
  const changes = moves.flatMap(move => apply(document, move));
  const level = document.getIn(['config', 'wcli', 'logLevel']);
  const renamed = typeof level === 'string' ? logLevels[level] : undefined;
  if (renamed) {
    document.setIn(['config', 'wcli', 'logLevel'], renamed);
    changes.push(`config.wcli.logLevel: ${level} is now called ${renamed}`);
  }
  return { text: changes.length === 0 ? text : document.toString({ lineWidth: 0 }), changes };
}

function apply(document: Document, move: Move): string[] {
  const path = move.from.split('.');
  const pair = take(document, path);
  if (!pair) return [];
  if (!('to' in move)) return [`${move.from}: removed, because ${move.because}`];
  const target = move.to.split('.');
  const parent = sectionAt(document, target.slice(0, -1));
  const name = target.at(-1) as string;
  if (parent.has(name)) return [`${move.from}: removed, because ${move.to} is set too`];
  rename(pair, name);
  parent.items.push(pair);
  return [`${move.from}: moved to ${move.to}`];
}

/** Takes a key with its comments out of the document, and sections that are empty then. */
function take(document: Document, path: readonly string[]): Pair | undefined {
  const parent = document.getIn(path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const index = parent.items.findIndex(({ key }) => isScalar(key) && key.value === path.at(-1));
  const [pair] = index < 0 ? [] : parent.items.splice(index, 1);
  // A comment above the first key belongs to the map that holds it.
  if (pair && index === 0 && path.length > 1 && parent.commentBefore && isScalar(pair.key)) {
    pair.key.commentBefore = [parent.commentBefore, pair.key.commentBefore].filter(Boolean).join('\n');
    parent.commentBefore = null;
  }
  if (pair && parent.items.length === 0 && path.length > 1) take(document, path.slice(0, -1));
  return pair;
}

function sectionAt(document: Document, path: readonly string[]): YAMLMap {
  const found = document.getIn(path);
  if (isMap(found)) return found;
  const section = document.createNode({}) as YAMLMap;
  section.flow = false;
  document.setIn(path, section);
  return section;
}

function rename(pair: Pair, name: string): void {
  if (isScalar(pair.key)) pair.key.value = name;
}
