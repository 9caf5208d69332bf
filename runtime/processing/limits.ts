// Bounds on one exchange. They are far above what real APIs send; what exceeds them is left out and counted.

/** Path as sent. */
export const maxRawPathCharacters = 8192;

/** Query as sent: what is beyond is not read. */
export const maxQueryCharacters = 65_536;

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

/** Header fields that are looked at. */
export const maxHeaders = 256;

/** Of a cookie header; what comes after is left out. */
export const maxCookieCharacters = 16 * 1024;

/** Nesting of JSON, XML and protobuf that is followed; deeper leaves are counted as `too-deep` and left out. */
export const maxDepth = 32;

/** Values of a body that are visited, the members of arrays included. */
export const maxValues = 10_000;

/** A body after content decoding. */
export const maxInflatedBytes = 1024 * 1024;

/** Output bytes per input byte of one content coding, above a floor of 64 KiB: text rarely passes 50, bombs 1000. */
export const maxInflation = 200;

/** Content codings on top of each other; more than one is already unusual. */
export const maxContentCodings = 2;

/** Values of one query or form. */
export const maxPairs = 1024;

/** Parts of one multipart body. */
export const maxParts = 256;

/** GraphQL documents; longer ones and those with more tokens are counted as invalid. */
export const maxGraphqlCharacters = 64 * 1024;
export const maxGraphqlTokens = 5000;

/** Of the operation's name: GraphQL, SOAP, gRPC and MCP let clients choose it. */
export const maxOperationCharacters = 128;
