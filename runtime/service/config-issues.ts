// Turns zod's issues into lines a person can act on: `path: value: expected …`.
import type { z } from 'zod';

export interface DescribedIssue {
  path: PropertyKey[];
  text: string;
}

const shownValueLength = 80;

/** `input` is the whole value that was parsed, to show the offending part of it. */
export function describeIssues(error: z.ZodError, input: unknown): DescribedIssue[] {
  return error.issues.flatMap((issue): DescribedIssue[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => line([...issue.path, key], input, 'no such key; check its spelling'));
    return [line(issue.path, input, expectation(issue))];
  });
}

function line(path: PropertyKey[], input: unknown, expected: string): DescribedIssue {
  return { path, text: `${path.map(String).join('.')}: ${show(at(input, path))}: expected ${expected}` };
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'an integer' : `${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(value => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    default:
      return issue.message;
  }
}

function at(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as never)[key] : undefined),
    value,
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownValueLength ? `${text.slice(0, shownValueLength)}…` : text;
}
