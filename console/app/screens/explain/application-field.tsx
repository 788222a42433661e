import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console.js';
import type { Application } from '../../model.js';
import { Failure } from '../../parts.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { firstPage } from '../applications-page.js';
import { useNames } from '../use-names.js';
import { labelsOf } from './labels.js';

/** How many applications are offered: more of the name finds others. */
const OFFERED = 20;

export interface ApplicationFieldProps {
  /** The id of the chosen one; empty where there is none. */
  readonly value: string;
  readonly onChoose: (id: string) => void;
}

/** One of thousands of applications, by the beginning of its name. Nothing is asked for where the caller may not read them. */
export function ApplicationField({ value, onChoose }: ApplicationFieldProps) {
  const { api, environment, may } = useConsole();
  const isReadable = may('applications:read:application');
  const { explain: say } = words;
  const [typed, setTyped] = useState<string>();
  const [search, setSearch] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const chosen = useRef(value);
  const name = useNames(value === '' ? [] : [value]).get(value);
  const path = firstPage(environment.id, { search, limit: OFFERED });
  const loaded = useLoad(path, async (signal) =>
    labelsOf(isReadable ? (await api.page<Application>(path, signal)).items : []),
  );
  const { value: offered, failure, retryIn, reload } = loaded;

  // The address names another one, as after "back": what was typed before is over.
  useEffect(() => {
    if (value === chosen.current) return;
    chosen.current = value;
    field.current?.setCustomValidity('');
    setTyped(undefined);
    setSearch('');
  }, [value]);

  useEffect(() => {
    if (typed === undefined || offered === undefined) return;
    const found = offered.get(typed.trim());
    field.current?.setCustomValidity(found === undefined ? say.chooseOffered : '');
    chosen.current = found?.id ?? '';
    onChoose(chosen.current);
  }, [typed, offered]);

  return (
    <div class="field">
      <label for="explained-application">{say.application}</label>
      <input
        id="explained-application"
        class="input"
        required
        disabled={!isReadable}
        list="explained-applications"
        autocomplete="off"
        ref={field}
        value={typed ?? name ?? ''}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value.trim();
          currentTarget.setCustomValidity(say.chooseOffered); // until it is known
          setTyped(currentTarget.value);
          setSearch(offered?.get(text)?.name ?? text);
        }}
      />
      <datalist id="explained-applications">
        {[...(offered ?? new Map()).keys()].map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      <span class="hint">{isReadable ? say.applicationHint : say.applicationUnreadable}</span>
      {failure && <Failure failure={failure} retryIn={retryIn} onRetry={reload} />}
    </div>
  );
}
