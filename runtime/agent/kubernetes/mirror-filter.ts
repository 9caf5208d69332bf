import type { V1Pod } from '@kubernetes/client-node';

/** One entry of `selection.filters`: all of its keys have to hold. A comma means or. */
export interface MirrorFilter {
  readonly namespace?: string | undefined;
  readonly pod_labels?: Readonly<Record<string, string>> | undefined;
  readonly pod_annotations?: Readonly<Record<string, string>> | undefined;
  readonly node_name?: string | undefined;
  readonly container_name?: string | undefined;
}

/** Does this container of this pod match? */
export type ContainerTest = (pod: V1Pod, container: string) => boolean;

/** A container matches when it matches one of the entries; none are, when there are no entries. */
export function mirrorFilters(filters: readonly MirrorFilter[]): ContainerTest {
  const tests = filters.map(filterTest);
  return (pod, container) => tests.some(test => test(pod, container));
}

function filterTest(filter: MirrorFilter): ContainerTest {
  const namespace = oneOf(filter.namespace);
  const node = oneOf(filter.node_name);
  const name = oneOf(filter.container_name);
  const labels = eachOf(filter.pod_labels);
  const annotations = eachOf(filter.pod_annotations);
  return ({ metadata, spec }, container) =>
    namespace(metadata?.namespace) &&
    node(spec?.nodeName) &&
    name(container) &&
    labels(metadata?.labels) &&
    annotations(metadata?.annotations);
}

function eachOf(
  wanted: Readonly<Record<string, string>> = {},
): (texts: Readonly<Record<string, string>> | undefined) => boolean {
  const tests = Object.entries(wanted).map(([key, text]) => [key, oneOf(text)] as const);
  return texts =>
    tests.every(([key, test]) => test(texts && Object.hasOwn(texts, key) ? texts[key] : undefined));
}

/**
 * Without a criterion every text holds. Blanks around commas do not count. The whole text is a value too: those of
 * annotations may contain commas.
 */
function oneOf(criterion: string | undefined): (text: string | undefined) => boolean {
  if (criterion === undefined) return () => true;
  const alternatives = criterion.split(',').map(each => each.trim());
  const values = new Set([criterion, ...alternatives.filter(each => each !== '')]);
  return text => text !== undefined && values.has(text);
}
