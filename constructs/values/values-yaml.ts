import type { Section } from './kinds/section.ts';
import type { ValueNode } from './kinds/value-node.ts';
import { valuesSchema } from './schema.ts';

/** values.yaml: every key with its default, documented by a comment above it. */
export function valuesYaml(): string {
  const intro = '# Values of the chart wallarm-oob. Generated from constructs/values/.\n';
  return `${intro}${sectionLines(valuesSchema, '').join('\n')}\n`;
}

function sectionLines(node: Section, indent: string): string[] {
  return Object.entries(node.keys).flatMap(([key, child]) => {
    const gap = indent === '' || child.kind === 'section' ? [''] : [];
    const comment = wrap(child.doc, indent);
    if (child.kind !== 'section') return [...gap, ...comment, ...leafLines(key, child, indent)];
    return [...gap, ...comment, `${indent}${key}:`, ...trimFirst(sectionLines(child, `${indent}  `))];
  });
}

/** No blank line directly below a section's key. */
function trimFirst(lines: readonly string[]): readonly string[] {
  return lines[0] === '' ? lines.slice(1) : lines;
}

function leafLines(key: string, leaf: ValueNode<unknown>, indent: string): string[] {
  return blockLines(key, leaf.default, indent);
}

function blockLines(key: string, value: unknown, indent: string): string[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || Object.keys(value).length === 0) return [`${indent}${key}: ${JSON.stringify(value)}`];
  return [
    `${indent}${key}:`,
    ...Object.entries(value).flatMap(([child, item]) => blockLines(child, item, `${indent}  `)),
  ];
}

function wrap(doc: string, indent: string): string[] {
  const width = 110 - indent.length - 2;
  const lines: string[] = [];
  for (const word of doc.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map(text => `${indent}# ${text}`);
}
