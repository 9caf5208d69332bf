// JSON logs. A secret is kept out twice: well-known fields are redacted by name, and the installation token is cut
// out of every line whatever field or message it got into.
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { openLogOutput } from './log-output.ts';

export type Log = Logger;

export interface LogOptions {
  level: string;
  /** For people at a terminal. */
  pretty: boolean;
  /** Service name in every line. */
  name: string;
  /** Texts that must never appear. */
  secrets?: readonly string[];
  /** @default standard output */
  destination?: DestinationStream;
}

const secretFields = ['token', 'authorization', 'password', 'secret', 'cookie', 'psk', 'apiKey'];

/** Shorter ones would be cut out of ordinary words. */
const shortestScrubbed = 6;

export function createLog(options: LogOptions): Log {
  const escaped = (options.secrets ?? [])
    .filter(secret => secret.length >= shortestScrubbed)
    .map(secret => JSON.stringify(secret).slice(1, -1));
  const output = options.destination ?? openLogOutput();
  const stream = options.pretty ? prettyTo(output) : output;
  const settings = {
    name: options.name,
    level: options.level,
    redact: {
      paths: secretFields.flatMap(field => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
    hooks: {
      streamWrite: (line: string) =>
        escaped.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line),
    },
  };
  return pino(settings, stream);
}

/** Not pino-pretty's own stream: that one writes later, so the last lines before an exit would be lost. */
function prettyTo(output: DestinationStream): DestinationStream {
  const pretty = prettyFactory({});
  return { write: line => void output.write(pretty(line)) };
}
