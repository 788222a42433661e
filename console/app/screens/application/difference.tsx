import { Urn } from '../../../parts/urn.js';
import type { GrantDraft } from './changes.js';

/** Sign, colour and order say what goes and what comes. */
export function Difference({
  draft: { add, remove },
  nameOf,
}: {
  readonly draft: GrantDraft;
  readonly nameOf: ReadonlyMap<string, string>;
}) {
  return (
    <ul class="diff">
      {remove.map((id) => (
        <li class="del" key={id}>
          <i>−</i>
          <Urn scope={nameOf.get(id) ?? id} />
        </li>
      ))}
      {add.map((id) => (
        <li class="ins" key={id}>
          <i>+</i>
          <Urn scope={nameOf.get(id) ?? id} />
        </li>
      ))}
    </ul>
  );
}
