// What the service and its learning thread say to each other. A host is sent in slices, so that neither side is busy for long.
import type { Template } from '../../protocol/generated/findings.ts';
import type { LearningRules } from './host-learner.ts';

export type ToThread =
  | { readonly kind: 'begin'; readonly host: string }
  | { readonly kind: 'paths'; readonly states: readonly Uint8Array[] }
  | { readonly kind: 'finish' };

export type FromThread =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly LearntEndpoint[] }
  | { readonly kind: 'done'; readonly busyMs: number; readonly templates: readonly Template[] }
  | { readonly kind: 'failed'; readonly reason: string };

export interface LearntEndpoint {
  readonly method: string;
  readonly template: string;
  readonly operation: string;
  /** Encoded `Endpoint` of upload.proto. */
  readonly state: Uint8Array;
}

/** `workerData` of the thread. */
export interface ThreadData {
  readonly rules: LearningRules;
}
