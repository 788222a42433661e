/** The common part of every hierarchical scope steps back to an ellipsis; the whole name is in `title`. */
const PREFIX = 'urn:opc:resource:consumer:';

/** U+2060 keeps the ellipsis and the name on one line. */
export function shortName(scope: string): string {
  if (!scope.startsWith(PREFIX)) return scope;
  const rest = scope.slice(PREFIX.length);
  return `…\u2060${rest.startsWith(':') ? `consumer:${rest}` : rest}`;
}

/** A scope's name, shortened where it stands among many of its kind. */
export function Urn({ scope }: { readonly scope: string }) {
  return (
    <span class="urn" title={scope}>
      {shortName(scope)}
    </span>
  );
}

/** A sentence of the gate as it is, with the names of scopes in it as {@link Urn}. */
export function Sentence({ text }: { readonly text: string }) {
  const parts = text.split(/(urn:opc:resource:consumer[^\s"',;]*[^\s"',;.])/);
  return <>{parts.map((part, i) => (i % 2 === 1 ? <Urn key={`${i} ${part}`} scope={part} /> : part))}</>;
}
