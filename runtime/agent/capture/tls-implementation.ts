import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type MappedFile, mappedFilePath } from './process/memory-maps.ts';

/** Shared libraries that speak TLS, by file name. */
const libraries = /^lib(ssl|gnutls|nss3|wolfssl|mbedtls|s2n|boringssl|aws_lc)[^/]*\.so/;
/** Libraries of nearly every process, which speak no TLS; libcrypto is OpenSSL's other half. */
const unrelated =
  /^(ld-|ld\.so|lib(c|m|dl|rt|pthread|resolv|z|crypto|stdc\+\+|gcc_s|util|nss_|pcre|crypt|jvm|java|jimage|nio|net)[-_.\d])/;
/**
 * Text that a TLS library leaves in the program or plugin it is linked into, stripped ones included: names of its
 * source files in error and panic messages, of its package in Go's function table.
 */
const marks = [
  { name: 'BoringSSL', text: 'boringssl' },
  { name: 'AWS-LC', text: 'aws-lc' },
  { name: 'rustls', text: 'rustls-0.' },
  { name: 'Go', text: 'crypto/tls.(*Conn)' },
  { name: 'OpenSSL', text: 'ssl/ssl_lib.c' },
] as const;

const chunkBytes = 1 << 20;
/** No text of `marks` is longer. */
const overlapBytes = 32;
/** Of one process, all its files together: 256 MiB. */
const maxBytes = 1 << 28;

/**
 * What speaks TLS in a process, for people: the file name of a TLS library, or of the program or plugin that contains
 * one, with its kind. By what is mapped there; never throws.
 * @param mapped the process's mapped files, its program first
 * @param isProbed whether a probe covers a file
 */
export async function tlsImplementation(
  pid: number,
  mapped: readonly MappedFile[],
  isProbed: (file: MappedFile) => boolean,
): Promise<string> {
  const files = mapped.filter(file => !isProbed(file));
  const nameOf = (file: MappedFile) => basename(file.path).replace(/ \(deleted\)$/, '');
  const library = files.find(file => libraries.test(nameOf(file)));
  if (library) return nameOf(library);
  let left = maxBytes;
  const found = new Map<string, string>();
  for (const file of files) {
    if (unrelated.test(nameOf(file))) continue;
    const { marks: inFile, bytes } = await marksOf(mappedFilePath(pid, file), left);
    for (const mark of inFile) if (!found.has(mark)) found.set(mark, nameOf(file));
    left -= bytes;
    if (left <= 0) break;
  }
  for (const { name } of marks) if (found.has(name)) return `${found.get(name)} (${name})`;
  if (files.some(file => nameOf(file) === 'libjvm.so')) return 'Java (libjvm.so)';
  // It was loaded after the connections began, or is there for other ones, which the process does not only pass on.
  const probed = mapped.find(isProbed);
  if (probed) return `${nameOf(probed)} (probed, not called for them)`;
  return files[0] === undefined ? 'unknown' : `${nameOf(files[0])} (built in)`;
}

async function marksOf(path: string, limit: number): Promise<{ marks: Set<string>; bytes: number }> {
  const found = new Set<string>();
  let bytes = 0;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const chunk = Buffer.alloc(overlapBytes + chunkBytes);
    while (bytes < limit) {
      const { bytesRead } = await handle.read(chunk, overlapBytes, chunkBytes, bytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      const text = chunk.subarray(0, overlapBytes + bytesRead);
      for (const mark of marks)
        if (!found.has(mark.name) && text.includes(mark.text, 0, 'latin1')) found.add(mark.name);
      // A text may lie across two chunks.
      chunk.copyWithin(0, bytesRead, bytesRead + overlapBytes);
    }
  } catch {
    // It has ended, or the file cannot be read: what was seen until then has to do.
  } finally {
    await handle?.close();
  }
  return { marks: found, bytes };
}
