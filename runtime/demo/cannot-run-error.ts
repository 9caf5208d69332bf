/** The machine lacks something, or a part does not work; the message says what to do. Ends with exit code 2. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}
