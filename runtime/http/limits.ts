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

/**
 * Longest method token taken for HTTP. The longest registered one (UPDATEREDIRECTREF) has 17 octets, but nginx answers requests with any: a
 * longer one must not hide a connection.
 */
export const maxMethodBytes = 256;

/** Such a token (RFC 9110 §5.6.2), as the source of a regular expression. */
export const methodPattern = `[!#$%&'*+\\-.^_\`|~0-9A-Za-z]{1,${maxMethodBytes}}`;

/** Bytes searched for the next request line after a loss before the connection is given up. */
export const maxResyncBytes = 4 * 1024 * 1024;
