import { type Document, isMap, isScalar, type Pair, parseDocument, YAMLMap } from 'yaml';
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
  const changes = place(document, move, pair);
  removeEmpty(document, path.slice(0, -1));
  return changes;
}

/** Puts a pair that was taken out where it belongs now. */
function place(document: Document, move: Move, pair: Pair): string[] {
  if (!('to' in move)) return [`${move.from}: removed, because ${move.because}`];
  const target = move.to.split('.');
  const parent = sectionAt(document, target.slice(0, -1));
  const name = target.at(-1) as string;
  if (parent.has(name)) return [`${move.from}: removed, because ${move.to} is set too`];
  rename(pair, name);
  parent.items.push(pair);
  return [`${move.from}: moved to ${move.to}`];
}

/** Takes a key with its comments out of the document. */
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
  return pair;
}

/** Takes out a section that has become empty, and those around it: only after the move, which may fill it again. */
function removeEmpty(document: Document, path: readonly string[]): void {
  const section = document.getIn(path);
  if (path.length === 0 || !isMap(section) || section.items.length > 0) return;
  take(document, path);
  removeEmpty(document, path.slice(0, -1));
}

/** The section at a path, which is made when it is not there. */
function sectionAt(document: Document, path: readonly string[]): YAMLMap {
  let section = document.contents as YAMLMap;
  for (const key of path) {
    let inner = section.get(key);
    if (!isMap(inner)) {
      // Not createNode or setIn, which take the first tag of YAML 1.1 that fits a map: !!omap.
      inner = new YAMLMap(document.schema);
      section.set(key, inner);
    }
    section = inner as YAMLMap;
  }
  return section;
}

function rename(pair: Pair, name: string): void {
  if (isScalar(pair.key)) pair.key.value = name;
}
