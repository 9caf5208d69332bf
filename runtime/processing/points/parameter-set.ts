// The parameters of one request, without their values.
import type { Location, Parameter } from '../../protocol/generated/findings.ts';
import { newParameter } from '../../protocol/observation.ts';
import { maxNameCharacters, maxParameters } from '../limits.ts';
import { shapeOf } from '../shape.ts';

export class ParameterSet {
  readonly #parameters = new Map<string, Parameter>();
  /** Parameters left out because of a limit. */
  dropped = 0;

  /**
   * Notes that the request carried the parameter; `type` undefined when the value says nothing (empty, null).
   * A repeated name counts as one request, with the types of all its values.
   */
  add(location: Location, name: string, type: string | undefined): void {
    const key = `${location}:${name}`;
    let parameter = this.#parameters.get(key);
    if (parameter === undefined) {
      if (this.#parameters.size >= maxParameters || name.length > maxNameCharacters) {
        this.dropped += 1;
        return;
      }
      parameter = newParameter({ location, name });
      this.#parameters.set(key, parameter);
    }
    if (type === undefined) return;
    const known = parameter.types.find(item => item.type === type);
    if (known === undefined) parameter.types.push({ type, count: 1 });
    else known.count += 1;
  }

  toArray(): Parameter[] {
    return [...this.#parameters.values()];
  }
}

/**
 * A name that is itself data, such as the keys of a map from user id to score, becomes `*`: else every user would be
 * a parameter.
 */
export function parameterName(name: string): string {
  return shapeOf(name, 2) === undefined ? name : '*';
}
