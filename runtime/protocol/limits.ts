// The longest frame each side accepts, without its prefix. A sender keeps below.

/** Agent → processing: one batch. 16 MiB. */
export const maxMirrorFrameBytes = 16 * 1024 * 1024;

/** Processing → agent: a Welcome or an Ack. */
export const maxMirrorReplyBytes = 1024;

/** Processing → aggregation: one delta. 16 MiB. */
export const maxFindingsFrameBytes = 16 * 1024 * 1024;

/** Aggregation → processing: answers of a few bytes, and templates. 256 KiB. */
export const maxFindingsReplyBytes = 256 * 1024;

/** Observations of one delta. */
export const maxDeltaObservations = 50_000;

/** Of one delta: requests, or values of a type. An honest delta counts exchanges of a few batches. */
export const maxDeltaCount = 2 ** 40;

/** What has been counted ever; sums stop here. Thousands of them still add up exactly, below 2⁵³. */
export const maxTotalCount = 2 ** 50;

/** Number of a batch within its epoch. */
export const maxSequence = 2 ** 48;

/** The sum of two counts that never passes `maxTotalCount`: still associative and commutative. */
export function addCounts(a: number, b: number): number {
  return Math.min(a + b, maxTotalCount);
}

/** Characters of an agent's, replica's or epoch's name. */
export const maxNameCharacters = 256;

/** Characters of a product version in a Hello. */
export const maxVersionCharacters = 64;
