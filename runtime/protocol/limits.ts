// The longest frame each side accepts, without its prefix. A sender keeps below.

/** Agent → processing: one batch. 16 MiB. */
export const maxMirrorFrameBytes = 16 * 1024 * 1024;

/** Processing → agent: a Welcome or an Ack. */
export const maxMirrorReplyBytes = 1024;

/** Processing → aggregation: one delta. 16 MiB. */
export const maxFindingsFrameBytes = 16 * 1024 * 1024;

/** Aggregation → processing. */
export const maxFindingsReplyBytes = 4096;

/** Characters of an agent's, replica's or epoch's name. */
export const maxNameCharacters = 256;
