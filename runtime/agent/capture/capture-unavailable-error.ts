/** The capture cannot run here: says what is missing and what to do about it. Maps to exit code 2. */
export class CaptureUnavailableError extends Error {
  override readonly name = 'CaptureUnavailableError';
  /** What is missing, one entry each: "CAP_BPF", "tracepoint sock_recv_length", … */
  readonly missing: readonly string[];

  constructor(missing: readonly string[], remedy: string, options?: ErrorOptions) {
    super(`The capture cannot run here: ${missing.join('; ')}. ${remedy}`, options);
    this.missing = missing;
  }
}
