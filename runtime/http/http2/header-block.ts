import { ByteBuilder } from '../byte-builder.ts';
import { frameFlag, frameType } from './frame-header.ts';
import type { Frame } from './frame-reader.ts';
import { maxHeaderBlockBytes } from './limits.ts';

/** A header block, RFC 9113 §4.3. */
export interface HeaderBlock {
  /** The stream it was sent on. */
  readonly stream: number;
  /** It announces a request that the server answers unasked (PUSH_PROMISE). */
  readonly promise: boolean;
  readonly endStream: boolean;
  /** The fragments, joined. Valid until the next frame. */
  readonly fragments: Buffer;
  /** False: the end of the block is missing. */
  readonly complete: boolean;
  readonly lostBytes: number;
  readonly firstByteTime: number;
  readonly lastByteTime: number;
}

const noBytes = Buffer.alloc(0);

/** Joins the header block fragments in one direction: HEADERS or PUSH_PROMISE, then CONTINUATION frames. */
export class HeaderBlockAssembler {
  private readonly builder = new ByteBuilder(maxHeaderBlockBytes);
  private open: HeaderBlock | undefined;

  /** Bytes of memory held. */
  get retainedBytes(): number {
    return this.builder.capacity;
  }

  /**
   * Takes a HEADERS, PUSH_PROMISE or CONTINUATION frame. `open`: more is to come; `invalid`: the frame makes no
   * sense; `ignored`: it continues a block whose start was not seen.
   */
  take(frame: Frame): HeaderBlock | 'open' | 'ignored' | 'invalid' {
    const { header } = frame;
    const continued = header.type === frameType.continuation;
    if (continued && this.open === undefined) return 'ignored';
    if (this.open !== undefined && (!continued || header.stream !== this.open.stream)) return 'invalid';
    const fragment = continued ? frame.payload : fragmentOf(frame);
    if (fragment === undefined) return 'invalid';
    const { complete, lostBytes, firstByteTime, lastByteTime } = frame;
    const block: HeaderBlock = this.open
      ? { ...this.open, complete, lostBytes, lastByteTime }
      : {
          stream: header.stream,
          promise: header.type === frameType.pushPromise,
          endStream: header.type === frameType.headers && (header.flags & frameFlag.endStream) !== 0,
          fragments: noBytes,
          complete,
          lostBytes,
          firstByteTime,
          lastByteTime,
        };
    const last = (header.flags & frameFlag.endHeaders) !== 0;
    if (last && this.open === undefined) return { ...block, fragments: fragment };
    if (this.builder.append(fragment, 0, fragment.length) < fragment.length || !complete) {
      return this.finish({ ...block, complete: false });
    }
    if (last) return this.finish(block);
    this.open = block;
    return 'open';
  }

  /** The rest of a block under way will not come: what there is of it. */
  cut(): HeaderBlock | undefined {
    return this.open && this.finish({ ...this.open, complete: false });
  }

  private finish(block: HeaderBlock): HeaderBlock {
    this.open = undefined;
    return { ...block, fragments: this.builder.take() };
  }
}

/** The fragment in a HEADERS (RFC 9113 §6.2) or PUSH_PROMISE (§6.6) payload, which may be cut short. */
function fragmentOf({ header, payload }: Frame): Buffer | undefined {
  const padded = (header.flags & frameFlag.padded) !== 0;
  const priority = header.type === frameType.headers && (header.flags & frameFlag.priority) !== 0;
  const start = (padded ? 1 : 0) + (priority ? 5 : 0) + (header.type === frameType.pushPromise ? 4 : 0);
  const end = header.length - (padded ? (payload[0] ?? 0) : 0);
  return start <= end ? payload.subarray(start, Math.max(start, end)) : undefined;
}
