// Input and output of the template learner: plain values, so that it can be tested and measured without a service.

/** A literal, or the class of an identifier that was recognised by its own text. */
export type PathSegment = string | { readonly shape: string };

/** What is known about one path of one host. */
export interface PathStatistics {
  readonly method: string;
  readonly segments: readonly PathSegment[];
  readonly requests: number;
  /** Names of query and body parameters seen on it, with their location: `query:page`. */
  readonly keys: readonly string[];
}

export interface PathParameter {
  /** Unique within its template. */
  readonly name: string;
  /** `integer`, `uuid`, …; `string` for words and for mixtures. */
  readonly type: string;
}

export type TemplateSegment = string | PathParameter;

/** The template of the path at the same index of the input. */
export interface LearntTemplate {
  /** `/api/v1/users/{user_id}`; literals percent-encoded, so that a brace is always a parameter. */
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
}
