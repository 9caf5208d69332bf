import { configFileBody } from '../expression/config-body.ts';
import { ConfigText } from '../expression/config-text.ts';
import { isExpr, type UseHelper } from '../expression/expr.ts';
import { mapTemplate } from './template.ts';

/** Collects the named templates that a chart uses and prints `_helpers.tpl`. */
export class Helpers {
  readonly #definitions = new Map<string, string>();

  /** To be passed to the printers. */
  readonly use: UseHelper = (name, body) => {
    const definition = this.#print(body);
    const known = this.#definitions.get(name);
    if (known !== undefined && known !== definition)
      throw new Error(`two named templates are called ${name}`);
    this.#definitions.set(name, definition);
  };

  /** All definitions, by name. */
  print(): string {
    return [...this.#definitions]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, body]) => `{{- define ${JSON.stringify(name)} -}}\n${body}\n{{- end }}\n`)
      .join('\n');
  }

  #print(body: unknown): string {
    if (body instanceof ConfigText) return configFileBody(body.tree, body.extra, this.use);
    if (isExpr(body)) return `{{- ${body.pipeline(this.use)} }}`;
    return mapTemplate(body as object, this.use).trimEnd();
  }
}
