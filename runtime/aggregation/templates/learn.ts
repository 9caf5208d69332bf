// Paths of one host → their templates. Pure and without memory: the same statistics give the same templates, so every
// decision can be taken back when more traffic says otherwise.
import { parameterName } from './names.ts';
import type { LearntTemplate, PathStatistics, TemplateSegment } from './path-statistics.ts';
import { buildTrie, overlay, type TrieNode } from './trie.ts';
import { valueChildren } from './word-values.ts';

/** One template per path, in the order of the input. */
export function learnTemplates(paths: readonly PathStatistics[]): LearntTemplate[] {
  const learnt: LearntTemplate[] = new Array(paths.length);
  visit(buildTrie(paths), []);
  return learnt;

  // Recursion is as deep as the longest path, which its producer bounds.
  function visit(node: TrieNode, before: readonly TemplateSegment[]): void {
    if (node.ends.length > 0) {
      const template = { text: templateText(before), segments: before };
      for (const end of node.ends) learnt[end] = template;
    }
    const last = before.at(-1);
    const identifiers = [...node.children.values()].filter(child => child.shape !== undefined);
    const values = valueChildren(node, paths, {
      depth: before.length,
      afterParameter: typeof last === 'object',
    });
    const merged = new Set([...identifiers, ...values]);
    if (merged.size > 0) {
      const taken = new Set(before.flatMap(segment => (typeof segment === 'string' ? [] : [segment.name])));
      const name = parameterName(typeof last === 'string' ? last : undefined, taken);
      const type = values.length > 0 ? 'string' : typeOf(identifiers);
      visit(overlay([...merged]), [...before, { name, type }]);
    }
    for (const child of node.children.values())
      if (!merged.has(child)) visit(child, [...before, child.text ?? '']);
  }
}

/** The narrowest type that all shapes share. */
function typeOf(nodes: readonly TrieNode[]): string {
  const shapes = new Set(nodes.map(({ shape }) => shape ?? 'string'));
  const [only] = shapes;
  if (only !== undefined && shapes.size === 1) return only === 'float' ? 'number' : only;
  return [...shapes].every(shape => shape === 'integer' || shape === 'float') ? 'number' : 'string';
}

/** `/` for the empty path. */
export function templateText(segments: readonly TemplateSegment[]): string {
  return `/${segments.map(segment => (typeof segment === 'string' ? encodeLiteral(segment) : `{${segment.name}}`)).join('/')}`;
}

/** RFC 3986 §3.3: pchar stays, all else is percent-encoded; braces and percent signs are no pchar. */
function encodeLiteral(literal: string): string {
  return literal.replace(/[^\w.~!$&'()*+,;=:@-]+/gu, run =>
    // A lone surrogate cannot be encoded; it becomes the replacement character.
    encodeURIComponent(run.replace(/\p{Surrogate}/gu, '\ufffd')),
  );
}
