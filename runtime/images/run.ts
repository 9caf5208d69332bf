import { spawn } from 'node:child_process';

const linesKept = 30;

/** A command could not be started or failed; the message holds its last lines. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
}

/**
 * Runs a command to its end and returns what it wrote to standard output.
 *
 * @throws CommandError when it is missing or ends with another status than 0
 */
export function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let tail = '';
    const keep = (chunk: string) => {
      tail = (tail + chunk).split('\n').slice(-linesKept).join('\n');
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      keep(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', error =>
      reject(new CommandError(`cannot run ${command}: ${error.message}`, undefined)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
      reject(new CommandError(`${command} ${args.join(' ')} ${how}:\n${tail}`, code ?? undefined));
    });
  });
}
