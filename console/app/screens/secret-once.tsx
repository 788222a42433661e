import { useState } from 'preact/hooks';
import { Copy, Dialog } from '../parts.js';
import { words } from '../words.js';

/** A secret that nobody can look up later: it closes only by its button, once the person says that it is stored. */
export function SecretOnce({
  name,
  secret,
  note,
  onDone,
}: {
  readonly name: string;
  readonly secret: string;
  /** What of the one before. */
  readonly note?: string;
  readonly onDone: () => void;
}) {
  const { secret: say } = words;
  const [isStored, setIsStored] = useState(false);
  return (
    <Dialog label={say.title(name)}>
      <header>
        <h2>{say.title(name)}</h2>
        <p class="ink2">{say.once}</p>
      </header>
      <div class="body">
        <div class="secret">
          <code>{secret}</code>
          <Copy value={secret} what={say.what} />
        </div>
        {note !== undefined && <p class="small ink2">{note}</p>}
        <label class="check">
          <input type="checkbox" checked={isStored} onChange={() => setIsStored(!isStored)} />
          <span>{say.stored}</span>
        </label>
      </div>
      <footer>
        <span class="small muted grow">{say.closes}</span>
        <button type="button" class="btn primary" disabled={!isStored} onClick={onDone}>
          {say.done}
        </button>
      </footer>
    </Dialog>
  );
}
