/** What the capture says about itself; a pino logger fits. */
export interface CaptureLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const silentLog: CaptureLog = { info() {}, warn() {} };
