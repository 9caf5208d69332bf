import type { Val } from '../../expression/expr.ts';
import { isObject } from './kubernetes-json.ts';
import { childPath, type Report, shown, type ValueNode } from './value-node.ts';

/** Keys with declared children. */
export interface Section<P extends SectionKeys = SectionKeys> {
  readonly kind: 'section';
  readonly doc: string;
  readonly keys: P;
  /** Whether keys that are not declared pass: only in `global`, which belongs to all charts of a release. */
  readonly isOpen: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the declaration is invariant in the leaf's type, and any leaf may stand here
export type SectionKeys = { readonly [key: string]: Section<any> | ValueNode<any> };

/** The plain type of a declaration. */
export type Static<S> =
  S extends Section<infer P>
    ? { readonly [K in keyof P]: Static<P[K]> }
    : S extends ValueNode<infer T>
      ? T
      : never;

/** The same shape with leaves that may be expressions: what the constructs take. A map or list may have been deleted. */
export type Bound<S> =
  S extends Section<infer P>
    ? { readonly [K in keyof P]: Bound<P[K]> }
    : S extends ValueNode<infer T>
      ? T extends object
        ? Val<T> | undefined
        : Val<T>
      : never;

/** The same shape with every key optional, and null to delete a default. */
export type Partially<S> =
  S extends Section<infer P>
    ? { readonly [K in keyof P]?: Partially<P[K]> }
    : S extends ValueNode<infer T>
      ? T extends object
        ? T | { readonly [key: string]: unknown } | null
        : T
      : never;

/** A section of values.yaml. */
export function section<const P extends SectionKeys>(doc: string, keys: P): Section<P> {
  return { kind: 'section', doc, keys, isOpen: false };
}

/** A section in which undeclared keys pass. */
export function openSection<const P extends SectionKeys>(doc: string, keys: P): Section<P> {
  return { kind: 'section', doc, keys, isOpen: true };
}

/** Reports everything in the section that does not fit, also keys that are missing or unknown. */
export function checkSection(node: Section, found: unknown, path: string, report: Report): void {
  if (!isObject(found)) {
    report({
      path,
      ...display(node, found),
      remedy: `expected a map with ${Object.keys(node.keys).join(', ')}`,
    });
    return;
  }
  for (const [key, child] of Object.entries(node.keys)) {
    const at = childPath(path, key);
    if (!Object.hasOwn(found, key)) {
      if (child.kind === 'section' || !child.deletable)
        report({
          path: at,
          value: 'null',
          remedy: 'this key cannot be deleted; remove it from your values to get its default',
        });
    } else if (child.kind === 'section') checkSection(child, found[key], at, report);
    else child.check(found[key], at, report);
  }
  if (node.isOpen) return;
  for (const key of Object.keys(found)) {
    if (Object.hasOwn(node.keys, key)) continue;
    const at = childPath(path, key);
    const remedy = `unknown key${suggestion(key, Object.keys(node.keys))}`;
    report({ path: at, ...display(node, found[key]), remedy });
  }
}

/** Beside a secret, an unknown key may be the secret under a misspelt name. */
function display(node: Section, found: unknown): { value?: string } {
  const hasSecret = Object.values(node.keys).some(child => child.kind !== 'section' && child.isSecret);
  return hasSecret ? {} : { value: shown(found) };
}

function suggestion(key: string, known: readonly string[]): string {
  const similar = known.find(name => distance(name.toLowerCase(), key.toLowerCase()) <= 2);
  return similar ? `; did you mean ${similar}?` : `; known here: ${known.join(', ')}`;
}

/** Levenshtein distance, by rows. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, character] of [...left].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (right[column - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
