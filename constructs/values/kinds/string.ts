import { printable, printableRemedy, shown, type ValueNode } from './value-node.ts';

export interface StringOptions {
  /** A regular expression that both Go (RE2) and JavaScript understand, anchored; with what it means. */
  readonly pattern?: readonly [pattern: string, meaning: string];
  /** At most so many characters. */
  readonly maxLength?: number;
  /** Never shown in errors. It has no pattern, because Helm would print the offending value. */
  readonly secret?: boolean;
}

/** A string. */
export function string(value: string, doc: string, options: StringOptions = {}): ValueNode<string> {
  const { secret = false, maxLength } = options;
  const [pattern, meaning] = options.pattern ?? [printable, printableRemedy];
  const matcher = new RegExp(pattern, 'u');
  return {
    kind: 'string',
    typeName: 'string',
    default: value,
    doc,
    deletable: false,
    isSecret: secret,
    jsonSchema: () => ({
      type: 'string',
      ...(secret ? {} : { pattern }),
      ...(maxLength === undefined ? {} : { maxLength }),
    }),
    check(found, path, report) {
      const problem = (remedy: string) =>
        report(secret ? { path, remedy } : { path, value: shown(found), remedy });
      if (typeof found !== 'string') problem(`expected a string${hint(found)}`);
      else if (!secret && !matcher.test(found)) problem(meaning);
      else if (maxLength !== undefined && [...found].length > maxLength)
        problem(`expected at most ${maxLength} characters`);
    },
  };
}

function hint(found: unknown): string {
  return typeof found === 'number' || typeof found === 'boolean' ? '; put the value in quotes' : '';
}
