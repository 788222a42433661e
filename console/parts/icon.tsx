const PATHS = {
  check: 'm3 8.5 3.2 3.2L13 5',
  cross: 'm4 4 8 8M12 4l-8 8',
  minus: 'M3.5 8h9',
  plus: 'M8 3.5v9M3.5 8h9',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  undo: 'M3 6.5h7a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3',
  warn: 'M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.4v.1',
  clock: 'M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0M8 4.8V8l2.2 1.6',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  search: 'M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0M10.5 10.5l3 3',
  home: 'M2.5 7.5 8 3l5.5 4.5V13h-11z',
  applications: 'M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z',
  tree: 'M3 3v9.5h4M3 7h4M8 5h5.5v4h-5.5zM8 10.5h5.5v4h-5.5z',
  pulse: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  why: 'M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1M8 11.4v.1',
  history: 'M2.5 8a5.5 5.5 0 1 0 1.8-4.1L2.5 5.5M2.5 2.5v3h3M8 5.2V8l2 1.3',
  route:
    'M2.3 12a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0M10.3 4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0M5.7 12H9a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2H7',
  key: 'M2.4 11a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0M7 9l6-6M10.5 5.5l2 2',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  info: 'M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M8 7.4v3.8M8 4.9v.1',
  external: 'M9.5 2.5h4v4M13.5 2.5 8 8M6.5 3.5h-4v10h10v-4',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM6.2 8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0 -3.6 0',
  layers: 'M8 2.5 14 6 8 9.5 2 6zM2.5 9.5 8 12.8l5.5-3.3',
  bolt: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z',
  left: 'm10 4-4 4 4 4',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  'sign-out': 'M6.5 13.5h-4v-11h4M10 11l3-3-3-3M13 8H6',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a word that says the same: assistive technology skips it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
