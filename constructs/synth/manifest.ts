import { Document, isScalar, Scalar, visit } from 'yaml';

/**
 * Words that every reader of YAML takes for text, whichever version it reads: letters first, and not one of those that
 * mean a boolean, nothing or a number in YAML 1.1.
 */
const word = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const meaning = /^(y|n|yes|no|on|off|true|false|null|nan|inf|e[0-9]+)$/i;

/** Several lines that a block scalar carries unchanged, and that no reader breaks elsewhere. */
const block = /^[^\s][^\r\u0085\u2028\u2029]*[^\s]\n$/;

/**
 * Kubernetes objects as YAML documents. Strings that one version of YAML reads as something else (`0o17`, `yes`,
 * `12:30:45`, `e0`) stand in double quotes.
 */
export function manifestYaml(objects: readonly unknown[]): string {
  return objects.map(documentYaml).join('---\n');
}

function documentYaml(object: unknown): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string') node.type = style(node.value);
    },
  });
  // A line of its own for every value, however long: a folded one is hard to compare.
  return document.toString({ lineWidth: 0, indentSeq: true });
}

function style(text: string): Scalar.Type {
  if (word.test(text) && !meaning.test(text)) return Scalar.PLAIN;
  const isBlock = block.test(text) && text.slice(0, -1).includes('\n') && !/[ \t]\n/.test(text);
  return isBlock ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
}
