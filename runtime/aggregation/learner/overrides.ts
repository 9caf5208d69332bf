// An operator's pins: templates that hold whatever the counters say.
import type { Override } from './decide.ts';

interface PlaceRule {
  readonly literals: Set<string>;
  parameter: boolean;
  /** No text becomes a value here, except certain ones. */
  forbidden: boolean;
}

/** Segments of `/a/{x}/b`, parameters as `{}`. Throws on a text that is not such a template. */
export function parseTemplate(template: string): string[] {
  if (!template.startsWith('/'))
    throw new TypeError(
      `template ${JSON.stringify(template)} must start with "/", for example /users/{user_id}`,
    );
  return template
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => {
      if (!/[{}]/.test(segment)) return decode(segment);
      if (/^\{[^{}]*\}[^{}]*$/.test(segment)) return segment.replace(/^\{[^{}]*\}/, '{}');
      throw new TypeError(
        `template ${JSON.stringify(template)}: segment ${JSON.stringify(segment)} must be a text or one {parameter}`,
      );
    });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Pins and forbids of one host. */
export class Overrides {
  private readonly places = new Map<string, PlaceRule>();

  /** Along the template, texts stay literal and parameters take every text that no pin names. */
  pin(template: string): void {
    const path: string[] = [];
    for (const segment of parseTemplate(template)) {
      const rule = this.rule(path);
      if (segment.startsWith('{}')) rule.parameter = true;
      else rule.literals.add(segment);
      path.push(segment);
    }
  }

  /** The last parameter of the template must not be: the texts in its place stay literal. */
  forbid(template: string): void {
    const path = parseTemplate(template);
    if (path.at(-1)?.startsWith('{}') !== true)
      throw new TypeError(`template ${JSON.stringify(template)} must end with a {parameter} to be forbidden`);
    this.rule(path.slice(0, -1)).forbidden = true;
  }

  readonly override: Override = (path, token) => {
    const rule = this.places.get(path.join('/'));
    if (rule === undefined) return undefined;
    if (rule.literals.has(token) || rule.forbidden) return 'literal';
    return rule.parameter ? 'parameter' : undefined;
  };

  private rule(path: readonly string[]): PlaceRule {
    const key = path.join('/');
    let rule = this.places.get(key);
    if (rule === undefined) {
      rule = { literals: new Set(), parameter: false, forbidden: false };
      this.places.set(key, rule);
    }
    return rule;
  }
}
