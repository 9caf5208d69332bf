// What a parameter's name and path say about the classes of data it may hold.
import { Location, type Parameter } from '../../protocol/generated/findings.ts';
import { type DataClass, detectionScore } from './data-class.ts';
import { type NameWord, type NameWords, nameWords, splitWords } from './name-words.ts';

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
  vetoBefore: Set<string>;
  rivals: Set<string>;
  summed: DataClass['summed'];
}

/** After a word that announces a class without a pattern, these make the name one of something about it. */
const aboutIt =
  'id ids count type kind status state enabled verified valid required format at date policy length label url uri';

export class ContextReader {
  readonly #words: readonly Words[];
  /** Which classes a word means anything to. */
  readonly #classesOf = new Map<string, number[]>();
  /** By the last literal of the path, then by name; path parameters under a name that no other has. */
  readonly #known = new Map<string, Map<string, Context>>();
  #size = 0;
  readonly #maxNames = 16 * 1024;

  constructor(classes: readonly DataClass[]) {
    const list = (text = '') => new Set(text.split(' ').filter(word => word !== ''));
    this.#words = classes.map(({ words, plausible, summed }) => ({
      summed,
      strong: list(words.strong),
      weak: list(words.weak),
      veto: list(plausible === undefined ? words.veto : `${words.veto ?? ''} ${aboutIt}`),
      vetoBefore: list(words.vetoBefore),
      rivals: list(words.rivals),
    }));
    for (const [index, { strong, weak, rivals, summed = [] }] of this.#words.entries())
      for (const word of new Set([...strong, ...weak, ...rivals, ...summed.map(({ word }) => word)]))
        this.#classesOf.set(word, [...(this.#classesOf.get(word) ?? []), index]);
  }

  /** `path`: literals of the path the parameter belongs to. The name of a path parameter is the literal before it. */
  of(parameter: Pick<Parameter, 'location' | 'name'>, path: readonly string[]): Context {
    const last = path.at(-1) ?? '';
    const isPath = parameter.location === Location.PATH;
    const name = isPath ? last : parameter.name;
    let ofPath = this.#known.get(last);
    if (ofPath === undefined) {
      ofPath = new Map();
      this.#known.set(last, ofPath);
    }
    const key = isPath ? '\0path' : name;
    let context = ofPath.get(key);
    if (context === undefined) {
      const scores = this.#read(name, last);
      const announced = [...scores.keys()].filter(index => (scores[index] ?? 0) >= detectionScore);
      context = { scores, announced, seen: 0 };
      if (++this.#size > this.#maxNames) {
        this.#known.clear();
        this.#known.set(last, ofPath);
        ofPath.clear();
        this.#size = 1;
      }
      ofPath.set(key, context);
    }
    return context;
  }

  #read(name: string, last: string): Float32Array {
    const context = new Float32Array(this.#words.length);
    const words = nameWords(name);
    const lastWords = splitWords(last);
    const named = new Set(
      [...words.words.map(({ text }) => text), ...lastWords].flatMap(text => this.#classesOf.get(text) ?? []),
    );
    for (const index of named) {
      const of = this.#words[index] as Words;
      context[index] =
        of.summed === undefined
          ? scoreOf(of, words)
          : sumOf(of.summed, [...words.words.map(({ text }) => text), ...lastWords]);
    }
    for (const word of lastWords)
      for (const index of this.#classesOf.get(word) ?? [])
        if (context[index] === 0 && this.#words[index]?.strong.has(word)) context[index] = 0.4 * pathShare;
    return context;
  }
}

function sumOf(summed: NonNullable<DataClass['summed']>, words: readonly string[]): number {
  const found = summed.filter(({ word }) => words.includes(word));
  if (summed.some(item => item.mandatory && !found.includes(item))) return 0;
  return found.reduce((sum, { score }) => sum + score, 0);
}

/** -1 when the name speaks of something else. */
function scoreOf(
  { strong, weak, veto, vetoBefore, rivals }: Words,
  { words, lastLevel, end }: NameWords,
): number {
  const announcing = words.filter(({ text }) => strong.has(text));
  if (announcing.length === 0) {
    if (words.some(({ text, from }) => from >= lastLevel && rivals.has(text))) return -1;
    return words.some(({ text }) => weak.has(text)) ? 0.2 : 0;
  }
  // `sessionId` is a word of its own: its `id` does not make it the name of something else.
  const isInside = ({ from, to }: NameWord) => announcing.some(word => word.from <= from && to <= word.to);
  const isVetoed = words.some(
    word =>
      !isInside(word) &&
      ((veto.has(word.text) && announcing.every(({ to }) => to <= word.from)) ||
        (vetoBefore.has(word.text) && announcing.some(({ from }) => from === word.to))),
  );
  return isVetoed ? -1 : Math.max(...announcing.map(word => weightOf(word, end)));
}
