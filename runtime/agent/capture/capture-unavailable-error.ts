/** The capture cannot run here: says what is missing and what to do about it. Maps to exit code 2. */
export class CaptureUnavailableError extends Error {
  override readonly name = 'CaptureUnavailableError';
  /** What is missing, one entry each: "CAP_BPF", "tracepoint sock_recv_length", … */
  readonly missing: readonly string[];

  constructor(missing: readonly string[], remedy: string, options?: ErrorOptions) {
    const what = missing.map(one => one.trimEnd()).join('; ');
    // libbpf says more, on lines of its own.
    super(`The capture cannot run here: ${what}${what.includes('\n') ? '\n' : '. '}${remedy}`, options);
    this.missing = missing;
  }
}
