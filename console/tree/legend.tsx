import { tree } from '../strings.js';

const KINDS = [
  ['held alone', tree.key.held],
  ['cov', tree.key.covered],
  ['cov two', tree.key.twice],
  ['held soon alone', tree.key.soon],
  ['off', tree.key.off],
] as const;

/** What the cells of the tree look like, and the words for it. */
export function Legend() {
  return (
    <ul class="legend" aria-label={tree.key.label}>
      {KINDS.map(([look, word]) => (
        <li key={look}>
          <span class={`sw cell ${look}`} aria-hidden="true">
            {look === 'off' && <span class="box" />}
          </span>{' '}
          {word}
        </li>
      ))}
    </ul>
  );
}
