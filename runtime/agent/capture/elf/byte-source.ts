import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Random access to the bytes of a file or a buffer. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws RangeError when they are not all there. */
  read(offset: number, length: number): Uint8Array;
}

/** No table of an ELF file is read when it is larger than this: 64 MiB. */
export const maxReadBytes = 64 * 1024 * 1024;

function checkRange(offset: number, length: number, size: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new RangeError(`bad range: ${length} bytes at ${offset}`);
  }
  if (offset + length > size || length > maxReadBytes) {
    throw new RangeError(`${length} bytes at offset ${offset} are outside of the file of ${size} bytes`);
  }
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      checkRange(offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Opens `path` while `use` runs. @throws the errors of open(2), and of `use`. */
export function withFileSource<T>(path: string, use: (source: ByteSource, inode: FileIdentity) => T): T {
  const fd = openSync(path, 'r');
  try {
    const { size, ino, dev } = fstatSync(fd);
    const source: ByteSource = {
      size,
      read(offset, length) {
        checkRange(offset, length, size);
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const count = readSync(fd, bytes, done, length - done, offset + done);
          if (count === 0)
            throw new RangeError(`${path} ends at ${offset + done}: it shrank while being read`);
          done += count;
        }
        return bytes;
      },
    };
    return use(source, { size, inode: ino, device: dev });
  } finally {
    closeSync(fd);
  }
}

export interface FileIdentity {
  readonly size: number;
  readonly inode: number;
  readonly device: number;
}
