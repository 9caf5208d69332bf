// Bounds on one exchange. They are far above what real APIs send; what exceeds them is left out and counted.

/** Request target as sent. */
export const maxTargetCharacters = 8192;

/** Path segments after normalisation. */
export const maxSegments = 32;

/** A longer segment is data, whatever it says: it becomes the shape `string`. */
export const maxLiteralCharacters = 128;

/** All literals of a path together, so that its template fits the upload's limit even percent-encoded. */
export const maxPathCharacters = 1800;

/** Parameters of one request, all locations together. */
export const maxParameters = 256;

/** A longer parameter name is data. */
export const maxNameCharacters = 128;

/** JSON nesting that is followed; deeper leaves are counted as `too-deep` and left out. */
export const maxJsonDepth = 32;

/** JSON values that are visited, the members of arrays included. */
export const maxJsonValues = 10_000;

/** A body after content decoding. */
export const maxInflatedBytes = 1024 * 1024;

/** Content codings on top of each other; more than one is already unusual. */
export const maxContentCodings = 2;

/** Values of one query or form. */
export const maxPairs = 1024;
