const PATHS = {
  check: 'm3 8.5 3.2 3.2L13 5',
  cross: 'm4 4 8 8M12 4l-8 8',
  minus: 'M3.5 8h9',
  plus: 'M8 3.5v9M3.5 8h9',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  undo: 'M3 6.5h7a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3',
  warn: 'M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.4v.1',
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
