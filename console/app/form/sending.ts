import { useState } from 'preact/hooks';
import { ApiFailure } from '../api.js';

/** One change at a time, and what the API said to the last one. */
export interface Sending {
  readonly isBusy: boolean;
  readonly failure: ApiFailure | undefined;
  /** @returns whether it came to its end; what it throws is the failure. Does nothing while another one runs. */
  readonly send: (work: () => Promise<unknown>) => Promise<boolean>;
  readonly forget: () => void;
}

export function useSending(): Sending {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  return {
    isBusy,
    failure,
    async send(work) {
      if (isBusy) return false;
      setIsBusy(true);
      setFailure(undefined);
      try {
        await work();
        return true;
      } catch (error) {
        setFailure(toFailure(error));
        return false;
      } finally {
        setIsBusy(false);
      }
    },
    forget: () => setFailure(undefined),
  };
}

export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  console.error(error);
  return new ApiFailure(0, {});
}
