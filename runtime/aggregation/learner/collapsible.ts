// Which texts need not be kept apart any more: values of parameters of which very many have been seen.
import type { Decided } from './decide.ts';

/** A literal, or a parameter; `kept`: its texts are still evidence. */
export type CollapsibleSegment = string | { readonly name: string; readonly kept: boolean };

/** So many different texts are evidence enough for a decision, and for taking it back. */
const enoughTexts = 256;
const maximumTemplates = 2000;

/**
 * Templates of a host along which texts may be replaced, with all their siblings, so that a literal is never taken for a
 * value; none when nothing is to be replaced, or when there are too many.
 */
export function collapsibleTemplates(decided: Decided): CollapsibleSegment[][] {
  const templates: CollapsibleSegment[][] = [];
  let any = false;
  const visit = (here: Decided, path: readonly CollapsibleSegment[]): void => {
    if (templates.length > maximumTemplates) return;
    if (here.place.some(node => node.methods !== undefined)) templates.push([...path]);
    for (const [token, next] of here.literals) visit(next, [...path, token]);
    // A place with file suffixes is left alone: a replaced text would lose its suffix.
    const plain = here.parameters.size === 1 ? here.parameters.get('') : undefined;
    if (plain === undefined) return;
    const kept = plain.texts < enoughTexts;
    if (!kept) any = true;
    visit(plain, [...path, { name: 'value', kept }]);
  };
  visit(decided, []);
  return any && templates.length <= maximumTemplates ? templates : [];
}
