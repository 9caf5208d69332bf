// The parameters of one request as findings: names, types, hashes, classes of data; no value.
import type { Location, Parameter } from '../../protocol/generated/findings.ts';
import { newParameter, parameterKey } from '../../protocol/observation.ts';
import { maxValueHashes } from '../../protocol/parameter-sum.ts';
import type { ValueType } from '../../protocol/value-types.ts';
import { maxNameCharacters, maxParameters } from '../limits.ts';
import type { Examiner } from '../sensitive/examiner.ts';
import type { ValueHash } from '../value-hash.ts';
import type { PointSink } from './point-sink.ts';

export interface ValueReading {
  /** Without it distinct values are not counted. */
  hash?: ValueHash | undefined;
  /** Without it values are not looked at for sensitive data. */
  examiner?: Examiner | undefined;
}

/** Values of one parameter in one request that are hashed and examined: arrays hold more of the same. */
const maxValuesRead = 8;

export class ParameterSet implements PointSink {
  readonly #parameters = new Map<string, Parameter>();
  readonly #reading: ValueReading;
  /** Literals of the path, for the context of sensitive data. */
  readonly #path: readonly string[];
  #dropped = 0;

  constructor(reading: ValueReading = {}, path: readonly string[] = []) {
    this.#reading = reading;
    this.#path = path;
  }

  /** Parameters left out because of a limit. */
  get dropped(): number {
    return this.#dropped;
  }

  drop(count = 1): void {
    this.#dropped += count;
  }

  add(location: Location, name: string, type: ValueType | undefined, value: string): void {
    const key = parameterKey({ location, name });
    let parameter = this.#parameters.get(key);
    if (parameter === undefined) {
      if (this.#parameters.size >= maxParameters || name.length > maxNameCharacters) {
        this.#dropped += 1;
        return;
      }
      parameter = newParameter({ location, name });
      this.#parameters.set(key, parameter);
    }
    if (type === undefined) return;
    addType(parameter, type);
    if (value === '') return;
    const { hash, examiner } = this.#reading;
    if (hash !== undefined && parameter.valueHashes.length < maxValuesRead) addHash(parameter, hash(value));
    if (examiner !== undefined && parameter.examined < maxValuesRead)
      examiner.examine(parameter, value, type, this.#path);
  }

  /** By `parameterKey`. */
  entries(): IterableIterator<[string, Parameter]> {
    return this.#parameters.entries();
  }

  toArray(): Parameter[] {
    return [...this.#parameters.values()];
  }
}

function addType(parameter: Parameter, type: ValueType): void {
  for (const known of parameter.types)
    if (known.type === type) {
      known.count += 1;
      return;
    }
  parameter.types.push({ type, count: 1 });
}

/** Ascending, as findings have them. */
function addHash({ valueHashes }: Parameter, hash: number): void {
  let at = valueHashes.length;
  while (at > 0 && (valueHashes[at - 1] ?? 0) > hash) at--;
  if (valueHashes[at - 1] === hash) return;
  if (valueHashes.length < maxValueHashes) valueHashes.splice(at, 0, hash);
}
