/** Oldest major version of Node that runs the services. */
export const requiredMajor: number;
/** Path of a Node that is new enough. Throws with what to install when there is none. */
export function nodePath(): string;
