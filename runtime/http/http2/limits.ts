/** Bounds of the passive HTTP/2 parser; beyond them something is given up and reported, never buffered further. */

/** Most bytes of one header block, all its fragments together; larger ones are cut. */
export const maxHeaderBlockBytes = 128 * 1024;

/**
 * Streams followed at once on one connection; beyond it the oldest is given up. Servers allow 100 to some thousands;
 * gRPC's in Go any number.
 */
export const maxStreams = 16_384;

/** Bytes of request bodies held at once on one connection, when each may have `bodyBytes`; beyond it bodies are cut. */
export function maxConnectionBodyBytes(bodyBytes: number): number {
  return Math.min(Math.max(4 * 1024 * 1024, 16 * bodyBytes), 128 * 1024 * 1024);
}

/** Most bytes of the stream looked at together while searching for a frame boundary. */
export const maxSearchSpanBytes = 128 * 1024;

/** Bytes searched for a frame boundary before the direction is given up. */
export const maxSearchBytes = 4 * 1024 * 1024;

/** Boundaries found that turned out wrong before a direction is given up: it is not HTTP/2, or made to be searched. */
export const maxWrongBoundaries = 1000;

/** SETTINGS_MAX_FRAME_SIZE before anyone changes it, RFC 9113 §6.5.2. */
export const initialMaxFrameSize = 16_384;

/** Unacknowledged SETTINGS frames followed per direction. */
export const maxPendingSettings = 16;
