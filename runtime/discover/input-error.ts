/** The input cannot be read as exchanges; the message says where. Ends with exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
