// Learnt templates, so that values in paths are replaced where aggregation has seen enough of them.
import type { Observation, Segment, Template, TemplateUpdate } from './generated/findings.ts';

/** What is kept of a host and in all; a sender that says more is not believed. */
const maxTemplates = 2000;
const maxHosts = 10_000;

interface Place {
  readonly literals: Map<string, Place>;
  /** After any other text. */
  other: Place | undefined;
  /** The text that leads here says nothing more. */
  replaced: boolean;
  ends: boolean;
}

const newPlace = (): Place => ({ literals: new Map(), other: undefined, replaced: false, ends: false });

/** The shape that stands for a replaced text. */
const anyText: Segment = { segment: { $case: 'shape', shape: 'string' } };

export class TemplateBook {
  readonly #hosts = new Map<string, { readonly revision: number; readonly root: Place }>();

  get hosts(): number {
    return this.#hosts.size;
  }

  /** Takes an update unless a newer one is known. */
  update({ host, revision, templates }: TemplateUpdate): void {
    const known = this.#hosts.get(host);
    if (known !== undefined && known.revision >= revision) return;
    if (templates.length === 0 || templates.length > maxTemplates) {
      this.#hosts.delete(host);
      return;
    }
    if (known === undefined && this.#hosts.size >= maxHosts) return;
    this.#hosts.set(host, { revision, root: placesOf(templates) });
  }

  /** The observation with values of its path replaced, or as it is. */
  applied(observation: Observation): Observation {
    if (this.#hosts.size === 0) return observation;
    const segments = this.collapse(observation.host, observation.segments);
    return segments === undefined ? observation : { ...observation, segments };
  }

  /** The path with values replaced; undefined when nothing is to be replaced. */
  collapse(host: string, segments: readonly Segment[]): Segment[] | undefined {
    let place = this.#hosts.get(host)?.root;
    if (place === undefined) return undefined;
    let collapsed: Segment[] | undefined;
    for (const [i, { segment }] of segments.entries()) {
      const literal: Place | undefined =
        segment?.$case === 'literal' ? place.literals.get(segment.literal) : undefined;
      const next: Place | undefined = literal ?? place.other;
      if (next === undefined) return undefined;
      if (literal === undefined && next.replaced && segment?.$case === 'literal') {
        collapsed ??= [...segments];
        collapsed[i] = anyText;
      }
      place = next;
    }
    return place.ends ? collapsed : undefined;
  }
}

function placesOf(templates: readonly Template[]): Place {
  const root = newPlace();
  for (const { segments } of templates) {
    let place = root;
    for (const { segment } of segments) {
      if (segment?.$case === 'literal') {
        const next = place.literals.get(segment.literal) ?? newPlace();
        place.literals.set(segment.literal, next);
        place = next;
      } else {
        place.other ??= newPlace();
        place = place.other;
        place.replaced = segment?.$case === 'parameter';
      }
    }
    place.ends = true;
  }
  return root;
}
