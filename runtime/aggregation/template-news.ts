// What the learner finds out about paths, told to the store and to every processing replica. Advice: who misses some of
// it only sends more.
import type { Template, TemplateUpdate } from '../protocol/generated/findings.ts';
import type { TemplateBook } from '../protocol/template-book.ts';

/** Longer updates are kept to the store: a replica takes frames of 256 KiB. */
const maxUpdateCharacters = 128 * 1024;

interface News {
  readonly text: string;
  readonly update: TemplateUpdate;
}

export class TemplateNews {
  readonly #book: TemplateBook;
  readonly #nowMs: () => number;
  readonly #latest = new Map<string, News>();
  readonly #subscribers = new Set<(update: TemplateUpdate) => void>();

  /** `nowMs` numbers the updates, also across restarts. */
  constructor(book: TemplateBook, nowMs: () => number = Date.now) {
    this.#book = book;
    this.#nowMs = nowMs;
  }

  /** Tells what has changed; no templates take back those of the host. */
  publish(host: string, templates: readonly Template[]): void {
    const known = this.#latest.get(host);
    if (known === undefined && templates.length === 0) return;
    const text = JSON.stringify(templates);
    if (known?.text === text) return;
    const revision = Math.max(this.#nowMs(), (known?.update.revision ?? 0) + 1);
    const update = { host, revision, templates: [...templates] };
    this.#book.update(update);
    const told = text.length <= maxUpdateCharacters ? update : { ...update, templates: [] };
    // A host without templates keeps its revision, so that a later update is newer.
    this.#latest.set(host, { text, update: told });
    for (const tell of this.#subscribers) tell(told);
  }

  /** Tells all that is known, then what changes, until the function that is returned is called. */
  subscribe(tell: (update: TemplateUpdate) => void): () => void {
    for (const { update } of this.#latest.values()) if (update.templates.length > 0) tell(update);
    this.#subscribers.add(tell);
    return () => void this.#subscribers.delete(tell);
  }
}
