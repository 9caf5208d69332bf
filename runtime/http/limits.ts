/** Bounds of the passive HTTP/1 parsers; beyond them a message is given up, never buffered further. */

/** Longest start line, bytes, without its line end. RFC 9112 §3 asks for at least 8000. */
export const maxStartLineBytes = 32 * 1024;

/** Longest head (start line and header section) and longest trailer section, bytes. */
export const maxHeadBytes = 64 * 1024;

/** Header fields kept of one head; later ones only decide framing and are counted as dropped. */
export const maxHeaderFields = 200;

/**
 * Longest chunk-size line with its extensions, bytes. RFC 9112 §7.1.1 asks receivers to limit it: Node.js and Go do at 16 KiB, nginx and
 * Apache do not.
 */
export const maxChunkLineBytes = 64 * 1024;

/** Bytes searched for the next request line after a loss before the connection is given up. */
export const maxResyncBytes = 4 * 1024 * 1024;
