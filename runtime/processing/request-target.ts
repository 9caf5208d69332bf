// Request target → normalised path and query. Different spellings of one resource must give one path (RFC 3986 §6.2.2).
import type { Segment } from '../protocol/generated/findings.ts';
import { maxPathCharacters, maxQueryCharacters, maxRawPathCharacters, maxSegments } from './limits.ts';
import { shapeOf } from './shape.ts';

export interface ParsedTarget {
  /** Percent-decoded, without empty, `.` and `..` segments. */
  segments: string[];
  /** Without the question mark, at most 64 Ki characters; undefined when there is none. */
  query: string | undefined;
  /** Of the absolute form, which replaces the Host header (RFC 9112 §3.2.2). */
  authority: string | undefined;
}

export type TargetRefusal = 'target-form' | 'path-too-long';

/** Accepts the origin form `/a/b?q` and the absolute form `http://host/a/b?q` (RFC 9112 §3.2). */
export function parseTarget(target: string): ParsedTarget | TargetRefusal {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length) || '/';
  if (!rest.startsWith('/') && !(absolute !== null && rest.startsWith('?'))) return 'target-form';
  const withoutFragment = rest.split('#', 1)[0] ?? '';
  const mark = withoutFragment.indexOf('?');
  const path = mark < 0 ? withoutFragment : withoutFragment.slice(0, mark);
  if (path.length > maxRawPathCharacters) return 'path-too-long';
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    const segment = decodeSegment(raw);
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  if (segments.length > maxSegments) return 'path-too-long';
  return {
    segments,
    query: mark < 0 ? undefined : withoutFragment.slice(mark + 1, mark + 1 + maxQueryCharacters),
    authority: absolute?.[1] || undefined,
  };
}

/**
 * Segments with shape classes put in. Undefined when the literals together are too long to be names.
 */
export function classifySegments(segments: readonly string[]): Segment[] | undefined {
  let characters = 0;
  const classified = segments.map((text, index): Segment => {
    const shape = shapeOf(text, index);
    if (shape !== undefined) return { segment: { $case: 'shape', shape } };
    characters += text.length;
    return { segment: { $case: 'literal', literal: text } };
  });
  return characters > maxPathCharacters ? undefined : classified;
}

/** Percent-decodes as UTF-8 and drops path parameters (`;jsessionid=…`, RFC 3986 §3.3). */
function decodeSegment(raw: string): string {
  const bare = raw.replace(/;[^;=]*=.*$/s, '');
  return decodePercent(bare);
}

/** Octets that are no UTF-8 stay percent-encoded, so that nothing is made up and nothing thrown. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, run => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run.toUpperCase();
      }
    });
  }
}
