import type { Section } from './kinds/section.ts';
import { valuesSchema } from './schema.ts';

/** The reference table of all keys, in Markdown. */
export function valuesTable(): string {
  const rows = sectionRows(valuesSchema, '');
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function sectionRows(node: Section, prefix: string): string[] {
  return Object.entries(node.keys).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (child.kind === 'section') return sectionRows(child, path);
    const cells = [`\`${path}\``, child.typeName, `\`${JSON.stringify(child.default)}\``, child.doc];
    return [`| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`];
  });
}
