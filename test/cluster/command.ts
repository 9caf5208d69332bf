import { spawn } from 'node:child_process';

/** A command failed; the message holds what it printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface CommandOptions {
  /** Written to standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command is killed after that long. @default 300000 */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end.
 *
 * @returns what it wrote to standard output
 * @throws CommandError when it cannot be started, is killed, or ends with another status than 0
 */
export function command(
  name: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 300_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.stdin.on('error', () => {}); // a command that ends without reading its input
    child.stdin.end(options.input ?? '');
    child.on('error', error => reject(new CommandError(`cannot run ${name}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
      reject(new CommandError(`${name} ${args.join(' ')} ${how}:\n${errors}${output}`.trimEnd()));
    });
  });
}
