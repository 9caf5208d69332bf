import type { Endpoint } from './inventory.ts';

/** The inventory as lines of text, at most `width` characters each. */
export function tableLines(endpoints: readonly Endpoint[], width: number): string[] {
  const rows = endpoints.map(endpoint => [
    endpoint.method,
    `${endpoint.host}${endpoint.template}`,
    String(endpoint.requests),
    endpoint.statuses.map(({ status }) => status).join(' '),
    parametersText(endpoint),
  ]);
  const header = ['METHOD', 'ENDPOINT', 'REQUESTS', 'STATUS', 'PARAMETERS'];
  const all = [header, ...rows].map(row => row.map(printable));
  const widths = header.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)));
  return all.map(row =>
    row
      .map((cell, column) =>
        header[column] === 'REQUESTS' ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .slice(0, width)
      .trimEnd(),
  );
}

function parametersText({ parameters }: Endpoint): string {
  return parameters.map(({ name, type, required }) => `${name}${required ? '' : '?'}:${type}`).join(' ');
}

/** What comes from the network must not move the cursor or colour the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
