/** The first bytes of a status line, one by one (RFC 9112 §4). */
const statusLine = [/H/, /T/, /T/, /P/, /\//, /1/, /\./, /[0-9]/, / /, /[1-9]/, /[0-9]/, /[0-9]/];

/** A response head that comes in any pieces, as bpf/include/http1-head-lines.h reads it. */
export class HeadWalk {
  text = '';
  state: 'reading' | 'ended' | 'broken' = 'reading';

  /** Gives how many bytes belong to the head, or to what looked like one. */
  read(bytes: string): number {
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? '';
      if (this.text.length < 12 && !(statusLine[this.text.length] ?? /^/).test(byte)) {
        this.state = 'broken';
        return index;
      }
      this.text += byte;
      if (byte === '\n' && /\n\r?\n$/.test(this.text.slice(-3))) {
        this.state = 'ended';
        return index + 1;
      }
    }
    return bytes.length;
  }
}

/** How the body behind a head is framed: its length, or what the programs take for unknown (RFC 9112 §6.3). */
export function framingOf(head: string): number | 'chunked' | 'unknown' {
  const values = (name: string) =>
    [...head.matchAll(new RegExp(`\\n${name}:([^\\n]*)(?=\\n)`, 'gi'))].map(match => match[1] ?? '');
  const codings = values('transfer-encoding');
  if (codings.length > 0) {
    const last = codings
      .join(',')
      .split(',')
      .map(coding => coding.trim().toLowerCase())
      .filter(coding => coding !== '')
      .at(-1);
    return last === 'chunked' ? 'chunked' : 'unknown';
  }
  const lengths = values('content-length').flatMap(value => value.split(','));
  const numbers = new Set(lengths.map(value => (/^\s*\d+\s*$/.test(value) ? Number(value) : -1)));
  const [length = -1] = numbers;
  return numbers.size === 1 && length >= 0 && length < 1e15 ? length : 'unknown';
}
