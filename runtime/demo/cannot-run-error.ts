/** The machine lacks something; the message says what to do. The command ends with exit code 2. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}
