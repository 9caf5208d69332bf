// Which requests are looked at: conditions of one filter are ANDed, filters of a list ORed.
import { RE2JS } from 're2js';
import type { Header } from '../../protocol/generated/mirror.ts';
import { Networks } from '../../service/networks.ts';
import { text } from '../headers.ts';
import type { InputFilter } from './config.ts';

export interface FilteredRequest {
  /** With its leading `/`, without the query. */
  path: string;
  headers: readonly Header[];
  /** Of the client; empty when unknown. */
  ip: string;
}

type Condition = (request: FilteredRequest) => boolean;

/** Header octets that an expression is tried on. */
const maxHeaderCharacters = 8192;

export class InputFilters {
  readonly #filters: Condition[][];

  constructor(filters: readonly InputFilter[]) {
    this.#filters = filters.map(({ path, url, headers = {}, ip_addresses }) => {
      const conditions: Condition[] = [];
      // RE2 takes linear time: whatever the expression, no request can stop the service.
      for (const expression of [path, url])
        if (expression !== undefined) {
          const compiled = RE2JS.compile(expression);
          conditions.push(request => compiled.test(request.path));
        }
      for (const [name, expression] of Object.entries(headers)) {
        const compiled = RE2JS.compile(expression);
        const wanted = name.toLowerCase();
        conditions.push(request =>
          request.headers.some(
            header =>
              header.name.toLowerCase() === wanted &&
              compiled.test(text(header.value.subarray(0, maxHeaderCharacters))),
          ),
        );
      }
      if (ip_addresses !== undefined) {
        const networks = new Networks(ip_addresses);
        conditions.push(({ ip }) => networks.has(ip));
      }
      return conditions;
    });
  }

  get empty(): boolean {
    return this.#filters.length === 0;
  }

  matches(request: FilteredRequest): boolean {
    return this.#filters.some(conditions => conditions.every(condition => condition(request)));
  }
}
