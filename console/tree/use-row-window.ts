import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** Rows are added and taken away this many at a time, so that most scrolling draws nothing. */
const BLOCK = 20;

/**
 * The places of the rows to draw: all of them, or where the tree is windowed those near the window of the browser and the
 * one with the tab stop, which is never taken away. `body` gets the height of all rows.
 */
export function useRowWindow(
  body: { readonly current: HTMLElement | null },
  count: number,
  isWindowed: boolean,
  focusedAt: number,
): readonly number[] {
  const [first, setFirst] = useState(0);
  const [shown, setShown] = useState(BLOCK);
  useLayoutEffect(() => {
    body.current?.style.setProperty('--count', String(count));
  }, [count]);
  useEffect(() => {
    if (!isWindowed) return;
    const look = () => {
      const element = body.current;
      if (element === null) return;
      const { top, height } = element.getBoundingClientRect();
      const perRow = height / count;
      setFirst(Math.floor(Math.max(0, -top) / perRow / BLOCK) * BLOCK);
      setShown(Math.ceil(innerHeight / perRow / BLOCK) * BLOCK);
    };
    look();
    // Captured: what scrolls may be the page or a card.
    addEventListener('scroll', look, { capture: true, passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look, { capture: true });
      removeEventListener('resize', look);
    };
  }, [isWindowed, count]);
  if (!isWindowed) return Array.from({ length: count }, (_, at) => at);
  const from = Math.max(0, first - BLOCK);
  const to = Math.min(count, first + shown + 2 * BLOCK);
  const near = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  if (focusedAt >= from && focusedAt < to) return near;
  return focusedAt < from ? [focusedAt, ...near] : [...near, focusedAt];
}
