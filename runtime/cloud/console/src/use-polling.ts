import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from './api.ts';

export type Polled<T> = {
  /** The newest answer; while another question is under way, the answer to the former. */
  readonly data: T | undefined;
  /** The last attempt failed; `data` is then what was known before. */
  readonly error: ApiError | undefined;
  /** `data` does not answer the present question yet. */
  readonly stale: boolean;
  /** When `data` arrived. */
  readonly updatedMs: number | undefined;
  readonly retry: () => void;
};

type State<T> = {
  readonly key: string;
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly updatedMs: number | undefined;
};

const intervalMs = 2000;

/**
 * Asks at once when `key` changes, then every two seconds after each answer, not while paused or in a hidden
 * tab. Answers to an earlier key are dropped.
 */
export function usePolling<T>(
  key: string,
  paused: boolean,
  ask: (signal: AbortSignal) => Promise<T>,
): Polled<T> {
  const [state, setState] = useState<State<T>>({
    key,
    data: undefined,
    error: undefined,
    updatedMs: undefined,
  });
  const [attempt, setAttempt] = useState(0);
  const askRef = useRef(ask);
  askRef.current = ask;
  const pausedRef = useRef(paused);

  // `attempt` is no part of the question: a new one asks again.
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      try {
        const data = await askRef.current(controller.signal);
        setState({ key, data, error: undefined, updatedMs: Date.now() });
      } catch (error) {
        if (controller.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, String(error));
        setState(before => ({ ...before, key, error: failure }));
      }
      if (!controller.signal.aborted) timer = setTimeout(tick, intervalMs);
    };
    const tick = () => {
      if (pausedRef.current || document.hidden) timer = setTimeout(tick, intervalMs);
      else void run();
    };
    void run();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, attempt]);

  useEffect(() => {
    pausedRef.current = paused;
  }, [paused]);

  const retry = useCallback(() => setAttempt(before => before + 1), []);
  return {
    data: state.data,
    error: state.key === key ? state.error : undefined,
    stale: state.key !== key,
    updatedMs: state.updatedMs,
    retry,
  };
}
