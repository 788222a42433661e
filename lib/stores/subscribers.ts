import type { ChangeEvent } from '../grants/store.js';

export type Listener = (events: readonly ChangeEvent[]) => void;

/** The listeners of one store. */
export interface Subscribers {
  /** @returns removes the listener */
  add(listener: Listener): () => void;
  publish(events: readonly ChangeEvent[]): void;
  close(): void;
}

/** @param listen starts listening to other processes, when the first listener is added; returns what ends it */
export function subscribers(listen: () => () => void): Subscribers {
  const all = new Set<Listener>();
  let stopListening: (() => void) | undefined;
  return {
    add(listener) {
      const own: Listener = (events) => listener(events);
      all.add(own);
      stopListening ??= listen();
      return () => {
        if (!all.delete(own) || all.size > 0) return;
        stopListening?.();
        stopListening = undefined;
      };
    },
    publish(events) {
      for (const listener of all) {
        try {
          listener(events);
        } catch {
          // A listener must not fail the change, which is committed, or the other listeners.
        }
      }
    },
    close() {
      all.clear();
      stopListening?.();
      stopListening = undefined;
    },
  };
}
