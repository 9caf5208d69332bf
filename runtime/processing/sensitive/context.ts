// What a parameter's name and path say about the classes of data it may hold.
import { Location, type Parameter } from '../../protocol/generated/findings.ts';
import { type DataClass, detectionScore } from './data-class.ts';
import { type NameWord, nameWords, splitWords } from './name-words.ts';

/** A word of the path counts half: it speaks of the resource, not of the parameter. */
const pathShare = 0.5;

export interface Context {
  /** By position in the catalogue: score to add, or -1 where the class is ruled out. */
  readonly scores: Float32Array;
  /** Positions of the classes that the name alone announces. */
  readonly announced: readonly number[];
  /** Values of parameters with this name and path that came by. */
  seen: number;
}

/**
 * The last word of an English compound is what it is: a `login_password` is a password. Longer compounds say more:
 * a `secret_access_key` is no `access_key`.
 */
function weightOf({ from, to }: NameWord, end: number): number {
  return (to === end ? 0.4 : 0.35) + 0.02 * (to - from - 1);
}

interface Words {
  strong: Set<string>;
  weak: Set<string>;
  veto: Set<string>;
}

export class ContextReader {
  readonly #words: readonly Words[];
  /** Which classes a word means anything to. */
  readonly #classesOf = new Map<string, number[]>();
  readonly #names = new Map<string, Context>();
  readonly #maxNames = 16 * 1024;

  constructor(classes: readonly DataClass[]) {
    const list = (text = '') => new Set(text.split(' ').filter(word => word !== ''));
    this.#words = classes.map(({ words }) => ({
      strong: list(words.strong),
      weak: list(words.weak),
      veto: list(words.veto),
    }));
    for (const [index, { strong, weak, veto }] of this.#words.entries())
      for (const word of new Set([...strong, ...weak, ...veto]))
        this.#classesOf.set(word, [...(this.#classesOf.get(word) ?? []), index]);
  }

  /** `path`: literals of the path the parameter belongs to. The name of a path parameter is the literal before it. */
  of(parameter: Pick<Parameter, 'location' | 'name'>, path: readonly string[]): Context {
    const last = path.at(-1) ?? '';
    const isPath = parameter.location === Location.PATH;
    const name = isPath ? last : parameter.name;
    const key = `${isPath} ${name}\n${last}`;
    let context = this.#names.get(key);
    if (context === undefined) {
      const scores = this.#read(name, last);
      const announced = [...scores.keys()].filter(index => (scores[index] ?? 0) >= detectionScore);
      context = { scores, announced, seen: 0 };
      if (this.#names.size >= this.#maxNames) this.#names.clear();
      this.#names.set(key, context);
    }
    return context;
  }

  #read(name: string, last: string): Float32Array {
    const context = new Float32Array(this.#words.length);
    const words = nameWords(name);
    const end = words.reduce((most, { to }) => Math.max(most, to), 0);
    for (const index of this.#classesNamedBy(words)) {
      const { strong, weak, veto } = this.#words[index] as Words;
      const announcing = words.filter(({ text }) => strong.has(text));
      // `sessionId` is a word of its own: its `id` does not make it the name of something else.
      const isOutside = ({ from, to }: NameWord) =>
        !announcing.some(word => word.from <= from && to <= word.to);
      if (words.some(word => veto.has(word.text) && isOutside(word))) context[index] = -1;
      else if (announcing.length > 0)
        context[index] = Math.max(...announcing.map(word => weightOf(word, end)));
      else if (words.some(({ text }) => weak.has(text))) context[index] = 0.2;
    }
    for (const word of splitWords(last))
      for (const index of this.#classesOf.get(word) ?? [])
        if (context[index] === 0 && this.#words[index]?.strong.has(word)) context[index] = 0.4 * pathShare;
    return context;
  }

  #classesNamedBy(words: readonly NameWord[]): Set<number> {
    return new Set(words.flatMap(({ text }) => this.#classesOf.get(text) ?? []));
  }
}
