// A trie with the truth beside it: for each node, how many requests say that its text is a value, and how many that it is not.
import { Lexicon, wordsOf } from '../../runtime/aggregation/learner/lexicon.ts';
import { defaultLimits } from '../../runtime/aggregation/learner/limits.ts';
import type { PathObservation } from '../../runtime/aggregation/learner/observation.ts';
import type { Place } from '../../runtime/aggregation/learner/siblings.ts';
import { Trie, type TrieNode, tokenOf } from '../../runtime/aggregation/learner/trie.ts';
import { commonRouteWords } from './common-route-words.ts';
import { admitted, type Exchange, pathSegments } from './exchange.ts';
import { type Api, object } from './openapi.ts';
import type { Traffic } from './traffic.ts';
import { routeWords } from './words.ts';

/** An admitted exchange as the learner wants it. */
export function observationOf(exchange: Exchange, segments: readonly string[]): PathObservation {
  return {
    host: exchange.host,
    method: exchange.method,
    segments,
    status: exchange.status,
    requestContentType: exchange.requestContentType,
    responseContentType: exchange.responseContentType,
    queryKeys: queryKeys(exchange.query),
    bodyKeys: Object.keys(Array.isArray(exchange.body) ? object(exchange.body[0]) : object(exchange.body)),
  };
}

function queryKeys(query: string): string[] {
  if (query === '') return [];
  const keys = new Set<string>();
  for (const pair of query.split('&')) keys.add(decodeURIComponent(pair.split('=', 1)[0] as string));
  return [...keys];
}

export interface LabelledTrie {
  readonly root: TrieNode;
  /** Whether most requests through these nodes have a value here; undefined when only noise came through. */
  readonly isValue: (place: Place) => boolean | undefined;
}

export function labelledTrie(traffic: Traffic): LabelledTrie {
  const trie = new Trie(defaultLimits);
  const labels = new Map<TrieNode, { value: number; literal: number }>();
  const templates = traffic.api.operations.map(operation =>
    operation.segments.map(segment => segment.includes('{')),
  );
  for (const { exchange, truth } of traffic) {
    if (!admitted(exchange)) continue;
    const segments = pathSegments(exchange.path);
    trie.add(observationOf(exchange, segments));
    const template = templates[truth];
    let node = trie.hosts.get(exchange.host);
    for (const [i, segment] of segments.entries()) {
      node = node?.children?.get(tokenOf(segment));
      if (node === undefined) break;
      if (template === undefined) continue;
      let label = labels.get(node);
      if (label === undefined) {
        label = { value: 0, literal: 0 };
        labels.set(node, label);
      }
      if (template[i] === true) label.value++;
      else label.literal++;
    }
  }
  const root = trie.hosts.get(traffic.api.host);
  if (root === undefined) throw new Error(`no request of ${traffic.api.name} was admitted`);
  return {
    root,
    isValue: place => {
      let value = 0;
      let literal = 0;
      for (const node of place) {
        const label = labels.get(node);
        value += label?.value ?? 0;
        literal += label?.literal ?? 0;
      }
      return value + literal === 0 ? undefined : value > literal;
    },
  };
}

/**
 * Words of the routes of these APIs with the number of APIs that use them; a common word of route names counts as one more.
 */
export function lexiconOf(apis: readonly Api[]): Lexicon {
  const frequency = new Map<string, number>();
  const count = (word: string) => frequency.set(word, (frequency.get(word) ?? 0) + 1);
  for (const word of new Set([...commonRouteWords, ...routeWords])) count(word);
  for (const api of apis) {
    const own = new Set<string>();
    for (const operation of api.operations)
      for (const segment of operation.segments)
        if (!segment.includes('{')) for (const word of wordsOf(segment)) own.add(word);
    for (const word of own) count(word);
  }
  return new Lexicon(frequency);
}
