import type { Demo } from './demo.ts';
import { requestsOf } from './inventory.ts';
import { tableLines } from './table.ts';

const alternateScreen = '\x1b[?1049h\x1b[?25l';
const ordinaryScreen = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';
const logLines = 4;

/** The screen of `npm run demo` on a terminal: the inventory, drawn anew in place. */
export class LiveView {
  readonly #output: NodeJS.WriteStream;
  readonly #log: string[] = [];
  #open = false;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    process.on('exit', () => this.close());
  }

  /** A line of progress: printed, or kept for the bottom of the screen while that is drawn. */
  say(line: string): void {
    if (!this.#open) this.#output.write(`${line}\n`);
    this.#log.push(...line.split('\n'));
    this.#log.splice(0, Math.max(0, this.#log.length - logLines));
  }

  async draw(demo: Demo): Promise<void> {
    const endpoints = await demo.inventory().catch(() => undefined);
    if (endpoints === undefined) return;
    if (!this.#open) {
      this.#open = true;
      this.#output.write(alternateScreen);
    }
    const { columns = 100, rows = 40 } = this.#output;
    const table = tableLines(endpoints, columns);
    const room = Math.max(1, rows - logLines - 6);
    const lines = [
      `API inventory: ${endpoints.length} endpoints, ${requestsOf(endpoints)} of ${demo.expected} requests accounted for`,
      `Console:       ${demo.consoleAddress}`,
      `Application:   ${demo.apiAddress} (curl -k -H 'Host: api.example.test' …)   Ctrl-C ends the demo`,
      '',
      ...table.slice(0, room),
      ...(table.length > room ? [`… and ${table.length - room} more: see the console`] : ['']),
      ...this.#log,
    ];
    const text = lines.map(line => line.slice(0, columns) + clearLine).join('\n');
    this.#output.write(home + text + clearBelow);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#output.write(ordinaryScreen);
  }
}
