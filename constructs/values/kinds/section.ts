import type { Val } from '../../expression/expr.ts';
import { isObject } from './kubernetes-json.ts';
import { unknownKeyRemedy } from './unknown-key.ts';
import { childPath, type Report, shown, type ValueNode } from './value-node.ts';

/** Keys with declared children. */
export interface Section<P extends SectionKeys = SectionKeys> {
  readonly kind: 'section';
  readonly doc: string;
  readonly keys: P;
  /** Whether keys that are not declared pass: only in `global`, which belongs to all charts of a release. */
  readonly isOpen: boolean;
  /** Keys of earlier versions of the product: what to set instead. */
  readonly removed: Readonly<Record<string, string>>;
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

/**
 * A section of values.yaml.
 *
 * @param removed keys of earlier versions of the product, with what to set instead, as a whole sentence
 */
export function section<const P extends SectionKeys>(
  doc: string,
  keys: P,
  removed: Readonly<Record<string, string>> = {},
): Section<P> {
  return { kind: 'section', doc, keys, isOpen: false, removed };
}

/** A section in which undeclared keys pass. */
export function openSection<const P extends SectionKeys>(doc: string, keys: P): Section<P> {
  return { kind: 'section', doc, keys, isOpen: true, removed: {} };
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
    const remedy = Object.hasOwn(node.removed, key)
      ? (node.removed[key] as string)
      : unknownKeyRemedy(key, Object.keys(node.keys));
    report({ path: at, ...display(node, found[key]), remedy });
  }
}

/** Beside a secret, an unknown key may be the secret under a misspelt name. */
function display(node: Section, found: unknown): { value?: string } {
  const hasSecret = Object.values(node.keys).some(child => child.kind !== 'section' && child.isSecret);
  return hasSecret ? {} : { value: shown(found) };
}
