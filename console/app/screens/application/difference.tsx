import { Urn } from '../../../parts/urn.js';
import { sayDate } from '../../time.js';
import { words } from '../../words.js';
import type { GrantDraft } from './changes.js';

/** Sign, colour and order say what goes and what comes. */
export function Difference({
  draft: { add, remove, ends = {} },
  nameOf,
}: {
  readonly draft: GrantDraft;
  readonly nameOf: ReadonlyMap<string, string>;
}) {
  const { grants: say } = words;
  const sayEnd = (id: string) => {
    const end = ends[id];
    return typeof end === 'string' ? say.ends(sayDate(end)) : say.noEnd;
  };
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
          <Urn scope={nameOf.get(id) ?? id} /> {id in ends && sayEnd(id)}
        </li>
      ))}
      {Object.keys(ends)
        .filter((id) => !add.includes(id))
        .map((id) => (
          <li key={id}>
            <i />
            <Urn scope={nameOf.get(id) ?? id} /> {sayEnd(id)}
          </li>
        ))}
    </ul>
  );
}
