import { useEffect, useState } from 'preact/hooks';
import { useConsole } from '../../console.js';
import type { Activity } from '../../model.js';
import { Failure } from '../../parts.js';
import { type Route, replace } from '../../route.js';
import { type Loaded, useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { applicationOf } from '../activity.js';
import { invertActivity } from './undo.js';
import type { Edit } from './use-edit.js';

interface Asked extends Loaded<Activity | undefined> {
  /** Why nothing is proposed. */
  readonly sentence: string | undefined;
}

/**
 * Proposes the opposite of the change that the address names (`?undo=`), once it is loaded: it is pending then, beside what was,
 * and the address forgets it. A change of another application is not proposed here. `undefined` where the address names none.
 */
export function useAskedUndo(route: Route, applicationId: string, edit: Edit | undefined): Asked | undefined {
  const { api, environment } = useConsole();
  const id = edit === undefined ? '' : (route.query.get('undo') ?? '');
  const path = `/environments/${environment.id}/activities/${encodeURIComponent(id)}`;
  const loaded = useLoad(`undo ${id}`, async (signal) =>
    id === '' ? undefined : (await api.get<Activity>(path, signal)).value,
  );
  const [sentence, setSentence] = useState<string>();
  const activity = loaded.value;
  useEffect(() => {
    setSentence(undefined);
    if (activity === undefined) return;
    const opposite = invertActivity(activity);
    if (applicationOf(activity) !== applicationId) setSentence(words.grants.undoElsewhere);
    else if (opposite === undefined) setSentence(words.grants.noUndo);
    else if (!edit?.propose(opposite)) setSentence(words.grants.undone);
    else replace({ ...route, query: { ...Object.fromEntries(route.query), undo: undefined } });
  }, [activity?.id]);
  return id === '' ? undefined : { ...loaded, sentence };
}

/** Why nothing is proposed yet. */
export function AskedUndo({ asked: { sentence, failure, retryIn, reload } }: { readonly asked: Asked }) {
  if (failure) return <Failure failure={failure} retryIn={retryIn} onRetry={reload} />;
  if (sentence === undefined) return null;
  return (
    <p class="banner soon" role="alert">
      {sentence}
    </p>
  );
}
