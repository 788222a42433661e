import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console.js';
import type { Application } from '../../model.js';
import { Failure } from '../../parts.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { useNames } from '../use-names.js';

/** How many applications are offered: more of the name finds others. */
const OFFERED = 20;

export interface ApplicationFieldProps {
  /** The id of the chosen one; empty where there is none. */
  readonly value: string;
  readonly onChoose: (id: string) => void;
}

/** One of thousands of applications, by the beginning of its name. */
export function ApplicationField({ value, onChoose }: ApplicationFieldProps) {
  const { api, environment } = useConsole();
  const { explain: say } = words;
  const [typed, setTyped] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const name = useNames(value === '' ? [] : [value]).get(value);
  const search = (typed ?? '').trim();
  const query = new URLSearchParams({ limit: String(OFFERED), order: 'name' });
  if (search !== '') query.set('filter', `name sw "${search.replace(/["\\]/g, '\\$&')}"`);
  const path = `/environments/${environment.id}/applications?${query}`;
  const loaded = useLoad(path, async (signal) => (await api.page<Application>(path, signal)).items);
  const { value: offered, failure, retryIn, reload } = loaded;

  useEffect(() => {
    if (typed === undefined || offered === undefined) return;
    const found = offered.find((each) => each.name === search);
    field.current?.setCustomValidity(found === undefined ? say.chooseOffered : '');
    onChoose(found?.id ?? '');
  }, [typed, offered]);

  return (
    <div class="field">
      <label for="explained-application">{say.application}</label>
      <input
        id="explained-application"
        class="input"
        required
        list="explained-applications"
        autocomplete="off"
        ref={field}
        value={typed ?? name ?? ''}
        onInput={({ currentTarget }) => {
          currentTarget.setCustomValidity(say.chooseOffered); // until it is known
          setTyped(currentTarget.value);
        }}
      />
      <datalist id="explained-applications">
        {(offered ?? []).map((each) => (
          <option key={each.id} value={each.name} />
        ))}
      </datalist>
      <span class="hint">{say.applicationHint}</span>
      {failure && <Failure failure={failure} retryIn={retryIn} onRetry={reload} />}
    </div>
  );
}
