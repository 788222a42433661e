import { useEffect, useRef, useState } from 'preact/hooks';
import type { Api } from '../../api.js';
import type { Decision } from '../../model.js';

/** What the stream is doing. `waiting` has the seconds until the next try. */
export type StreamState =
  | { readonly kind: 'opening' | 'live' }
  | { readonly kind: 'waiting'; readonly since: string; readonly seconds: number };

export interface Stream {
  /** The newest first; bounded. */
  readonly decisions: readonly Decision[];
  readonly state: StreamState;
  readonly processId: string | undefined;
  /** How many were left out under load, since the screen was opened. */
  readonly omitted: number;
  readonly connect: () => void;
}

export const KEPT = 500;
const WAITS = [2, 4, 8, 15, 30];

/** Follows the decisions of an environment, and connects again where the connection is lost. */
export function useDecisions(api: Api, path: string): Stream {
  const [state, setState] = useState<StreamState>({ kind: 'opening' });
  const [attempt, setAttempt] = useState(0);
  const [, show] = useState(0);
  const kept = useRef({ decisions: [] as Decision[], processId: undefined as string | undefined, omitted: 0 });
  const tries = useRef(0);

  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setInterval> | undefined;
    let frame = 0;
    const render = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        show((before) => before + 1);
      });
    };
    const take = (name: string, data: Readonly<Record<string, unknown>>) => {
      const { current } = kept;
      if (name === 'start') {
        const { id } = data.process as { readonly id: string };
        if (id !== current.processId) current.decisions = [];
        current.processId = id;
        tries.current = 0;
        setState({ kind: 'live' });
      } else if (name === 'decision') {
        const decision = data as unknown as Decision;
        const isKnown = current.decisions[0] !== undefined && current.decisions[0].number >= decision.number;
        if (!isKnown) current.decisions = [decision, ...current.decisions.slice(0, KEPT - 1)];
      } else if (name === 'omitted') {
        current.omitted += Object.values(data).reduce<number>((sum, n) => sum + Number(n), 0);
      }
      render();
    };
    const wait = () => {
      if (controller.signal.aborted) return;
      let seconds = WAITS[Math.min(tries.current++, WAITS.length - 1)] as number;
      const since = new Date().toISOString();
      setState({ kind: 'waiting', since, seconds });
      timer = setInterval(() => {
        seconds--;
        if (seconds > 0) setState({ kind: 'waiting', since, seconds });
        else setAttempt((before) => before + 1);
      }, 1000);
    };
    api
      .open(path, controller.signal, 'text/event-stream')
      .then((response) => readEvents(response, take))
      .then(wait, wait);
    return () => {
      controller.abort();
      clearInterval(timer);
      cancelAnimationFrame(frame);
    };
  }, [path, attempt]);

  return { ...kept.current, state, connect: () => setAttempt((before) => before + 1) };
}

/** Server-sent events, as far as the API sends them: a name and one line of JSON. */
async function readEvents(
  { body }: Response,
  take: (name: string, data: Readonly<Record<string, unknown>>) => void,
): Promise<void> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop() as string;
    for (const event of events) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      if (name !== undefined && data !== undefined) take(name, JSON.parse(data));
    }
  }
}
