import { type FileHandle, open } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseAllDocuments, visit } from 'yaml';
import { goTags, mergeInOrder } from './go-yaml.ts';

/** Helm has no limit of its own; Kubernetes refuses objects of more than 1 MiB, and so a release of more. */
const maxBytes = 1_048_576;

/** Enough for any hand-written file; aliases of aliases, which multiply, are stopped. */
const maxAliasCount = 10_000;

/** A values file could not be read. The message is one line. */
export class ValuesFileError extends Error {
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = 'ValuesFileError';
  }
}

/**
 * A values file, read as Helm's YAML parser reads it; an empty file gives an empty map.
 *
 * @throws ValuesFileError when it is missing, larger than 1 MiB, not UTF-8, not YAML, or not one map
 */
export async function readValuesFile(path: string): Promise<unknown> {
  const text = decodeUtf8(path, await readLimited(path));
  // Of a key that is there twice, Helm takes the last one.
  const lineCounter = new LineCounter();
  const options = {
    version: '1.1',
    customTags: goTags,
    prettyErrors: true,
    uniqueKeys: false,
    lineCounter,
  } as const;
  const documents = parseAllDocuments(text, options);
  if (!Array.isArray(documents)) return {};
  const [document, second] = documents;
  if (document === undefined) return {};
  const [problem] = document.errors;
  if (problem) throw new ValuesFileError(path, `not YAML: ${firstLine(problem.message)}; fix the file`);
  // `---` at the end opens a document with nothing in it.
  if (second && second.contents !== null)
    throw new ValuesFileError(path, 'more than one YAML document; keep one');
  refuseTags(path, document, lineCounter);
  mergeInOrder(document);
  const value = toJs(path, () => document.toJS({ maxAliasCount }));
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ValuesFileError(
      path,
      `expected a map of values, found ${Array.isArray(value) ? 'a list' : typeof value}`,
    );
  return value;
}

/** Tags of collections and bytes, which Helm's reader takes for other types or not at all. */
function refuseTags(path: string, document: Document, lines: LineCounter): void {
  visit(document, (_, node) => {
    if (!isNode(node) || !('tag' in node)) return;
    const name = /^tag:yaml\.org,2002:(omap|set|binary|pairs)$/.exec(node.tag ?? '')?.[1];
    if (!name) return;
    const { line } = lines.linePos(node.range?.[0] ?? 0);
    throw new ValuesFileError(
      path,
      `line ${line}: the tag !!${name} is not supported; write a plain map or list or text`,
    );
  });
}

async function readLimited(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length > maxBytes) break;
    }
    if (length > maxBytes)
      throw new ValuesFileError(path, `larger than ${maxBytes} bytes; a values file is not`);
    return buffer.subarray(0, length);
  } catch (error) {
    if (error instanceof ValuesFileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ValuesFileError(path, `cannot be read (${code ?? message}); set VALUES_FILE to a values file`);
  } finally {
    await file?.close();
  }
}

function decodeUtf8(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ValuesFileError(path, 'not UTF-8; save the file as UTF-8');
  }
}

function toJs<T>(path: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw new ValuesFileError(path, `not usable YAML: ${firstLine((error as Error).message)}; fix the file`);
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? message;
}
