/** Numeric address of one end of a TCP connection. */
export interface SocketAddress {
  /** IPv4 dotted or IPv6 text (RFC 5952); IPv4-mapped IPv6 addresses are given as IPv4. */
  readonly ip: string;
  /** 0–65535. */
  readonly port: number;
}

/** Why bytes of a stream are missing: known to the kernel programs, never guessed. */
export type GapReason = 'ring-full' | 'not-copied' | 'copy-fault' | 'unseen';

/** A selected inbound connection was seen for the first time (accepted, or found already open). */
export interface OpenEvent {
  readonly kind: 'open';
  /** Socket cookie: unique on the node until reboot. */
  readonly connection: number;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly client: SocketAddress;
  readonly server: SocketAddress;
  /** Identifier of the socket's cgroup (v2): the inode number of its directory. */
  readonly cgroupId: bigint;
  /** False when the connection is older than the agent: its streams may start in mid-message. */
  readonly fromStart: boolean;
}

/** Bytes of one stream, in order; `position` is contiguous unless a gap says otherwise. */
export interface DataEvent {
  readonly kind: 'data';
  readonly connection: number;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly direction: 'request' | 'response';
  /** Where the bytes were read: on the socket, or above the TLS library (plaintext in both cases). */
  readonly layer: 'socket' | 'tls';
  /** Offset of the first byte within this connection, direction and layer; bytes. */
  readonly position: number;
  /** Position of the other direction's stream of this layer when these bytes passed; bytes. */
  readonly otherPosition: number;
  /** The first byte is known to be the first of an HTTP/2 frame header (responses only). */
  readonly startsFrame?: true;
  /**
   * HTTP/1: where the response whose head was delivered last stands, if it is chunked. It has ended, right before the first
   * byte (responses) or at `otherPosition` (requests); or goes on there (requests only). Absent: not known.
   */
  readonly chunked?: 'ended' | 'goes-on';
  /** Requests: bytes of the stream were lost, and no response bytes have passed since. */
  readonly behindLoss?: true;
  /** Requests: the server has ended its stream (it lingers): no response follows. */
  readonly serverEnded?: true;
  /**
   * HTTP/1: the head of a response begins here, and so many heads of final responses were lost since the last head that
   * was delivered. Only told behind a gap; absent: not known.
   */
  readonly headsLost?: number;
  /** Valid only during the callback that delivers the event. */
  readonly bytes: Buffer;
  readonly pid: number;
  readonly comm: string;
}

/** `bytes` bytes of one stream, from `position`, were not captured. */
export interface GapEvent {
  readonly kind: 'gap';
  readonly connection: number;
  readonly direction: 'request' | 'response';
  readonly layer: 'socket' | 'tls';
  readonly position: number;
  readonly bytes: number;
  readonly reason: GapReason;
}

export interface CloseEvent {
  readonly kind: 'close';
  readonly connection: number;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
}

/** What the kernel programs report, decoded. Events of one connection arrive in order. */
export type CaptureEvent = OpenEvent | DataEvent | GapEvent | CloseEvent;
