/** What the capture says about itself; a pino logger fits. No field is called `pid`, which is the agent's own there: `process`. */
export interface CaptureLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const silentLog: CaptureLog = { info() {}, warn() {} };
