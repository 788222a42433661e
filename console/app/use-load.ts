import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiFailure } from './api.js';

interface State<T> {
  readonly key: string;
  readonly pagesOf: string | undefined;
  readonly value?: T;
  readonly failure?: ApiFailure;
  readonly retryIn?: number;
}

/** Seconds between tries while the API cannot answer. */
const WAITS = [2, 4, 8, 15, 30];

export interface Loaded<T> {
  /** What was loaded last: it stays while it is renewed. */
  readonly value: T | undefined;
  readonly failure: ApiFailure | undefined;
  /** Seconds until the next try by itself; `undefined` where there is none. */
  readonly retryIn: number | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
  /** Puts in what an own change returned. */
  readonly set: (value: T) => void;
}

/**
 * Loads when it is shown, and again when `key` changes. A failure that may pass (no response, 429, 5xx) is tried again by
 * itself, with waits that grow.
 *
 * @param pagesOf what the pages are of, where each key is a page: the last one stays until the next is there
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  pagesOf: string | undefined = undefined,
): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key, pagesOf });
  const [attempt, setAttempt] = useState(0);
  const tries = useRef(0);
  const isOf = (of: State<T>) => of.key === key || (pagesOf !== undefined && of.pagesOf === pagesOf);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);

  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setInterval> | undefined;
    void load(controller.signal).then(
      (value) => {
        if (controller.signal.aborted) return;
        tries.current = 0;
        setState({ key, pagesOf, value });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const failure = error instanceof ApiFailure ? error : new ApiFailure(0, {});
        if (!(error instanceof ApiFailure)) console.error(error);
        let retryIn = mayPass(failure) ? WAITS[Math.min(tries.current++, WAITS.length - 1)] : undefined;
        const show = () => {
          setState((before) => ({
            key,
            pagesOf,
            ...(isOf(before) && before.value !== undefined && { value: before.value }),
            failure,
            ...(retryIn !== undefined && { retryIn }),
          }));
        };
        show();
        if (retryIn === undefined) return;
        timer = setInterval(() => {
          retryIn = (retryIn as number) - 1;
          if (retryIn > 0) show();
          else reload();
        }, 1000);
      },
    );
    return () => {
      controller.abort();
      clearInterval(timer);
    };
    // `load` is new at each rendering, and `key` says what it loads.
  }, [key, attempt]);

  const isCurrent = isOf(state);
  return {
    value: isCurrent ? state.value : undefined,
    failure: isCurrent ? state.failure : undefined,
    retryIn: isCurrent ? state.retryIn : undefined,
    isLoading: !isCurrent || (state.value === undefined && state.failure === undefined),
    reload,
    set: (value) => setState({ key, pagesOf, value }),
  };
}

/** Whether the same request can succeed later. */
export function mayPass({ status }: ApiFailure): boolean {
  return status === 0 || status === 429 || status >= 500;
}
