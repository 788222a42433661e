import { useConsole } from '../console.js';
import { linkTo } from '../route.js';
import { words } from '../words.js';

/** The way from a scope to its name, its description and its end, for those who may change one of them. */
export function EditScope({ id }: { readonly id: string }) {
  const { environment, may } = useConsole();
  if (!may('resources:update:scope') && !may('resources:delete:scope')) return null;
  return (
    <a class="btn" href={linkTo({ environmentId: environment.id, screen: 'scopes', id, tab: 'settings' })}>
      {words.scopeSettings.edit}
    </a>
  );
}
