import { CheckField, ChecksField, ChoiceField, LinesField, TextField } from '../../form/fields.js';
import { parseTag, printTag } from '../../form/tags.js';
import type { ObjectEdit } from '../../form/use-object-edit.js';
import type { Application } from '../../model.js';
import { words } from '../../words.js';

const { settings: say } = words;

/** The members that can be changed, and what each is called. */
export const LABELS = {
  name: say.name,
  description: say.description,
  enabled: say.enabled,
  type: say.kind,
  trustScope: say.trust,
  allowedTags: say.allowedTags,
  requestScopesForMultipleResourcesEnabled: say.severalResources,
  tokenEndpointAuthMethod: say.authentication,
  grantTypes: say.grantTypes,
  responseTypes: say.responseTypes,
  pkceEnforcement: say.pkce,
  redirectUris: say.redirectUris,
  postLogoutRedirectUris: say.postLogoutRedirectUris,
} as const satisfies Partial<Record<keyof Application, string>>;

function choices<Value extends string>(named: Readonly<Record<Value, string>>): readonly (readonly [Value, string])[] {
  return Object.entries(named) as unknown as readonly (readonly [Value, string])[];
}

const TYPES = ['WORKER', 'SERVICE', 'WEB_APP', 'SINGLE_PAGE_APP', 'NATIVE_APP', 'CUSTOM_APP'].map(
  (type) => [type, words.applications.kinds(type)] as const,
);
const TRUSTS = choices(say.trusts);
const AUTHENTICATIONS = choices<string>(say.authentications);
const GRANT_TYPES = choices<string>(say.grantTypeWords);
const RESPONSE_TYPES = choices<string>(say.responseTypeWords);
const PKCES = choices<string>(say.pkces);

export function SettingsFields({ edit }: { readonly edit: ObjectEdit<Application> }) {
  const { edited, change } = edit;
  return (
    <>
      <TextField name="name" label={say.name} isRequired value={edited.name} onInput={(name) => change({ name })} />
      <TextField
        name="description"
        label={say.description}
        value={edited.description}
        onInput={(description) => change({ description })}
      />
      <CheckField
        name="enabled"
        label={say.enabled}
        hint={say.enabledHint}
        value={edited.enabled}
        onInput={(enabled) => change({ enabled })}
      />
      <ChoiceField
        name="type"
        label={say.kind}
        value={edited.type}
        choices={TYPES}
        onInput={(type) => change({ type })}
      />
      <ChoiceField
        name="trustScope"
        label={say.trust}
        value={edited.trustScope}
        choices={TRUSTS}
        onInput={(trustScope) => change({ trustScope })}
      />
      {edited.trustScope === 'Tags' && (
        <LinesField
          name="allowedTags"
          label={say.allowedTags}
          hint={say.tagsHint}
          value={edited.allowedTags}
          print={printTag}
          parse={parseTag}
          onInput={(allowedTags) => change({ allowedTags })}
        />
      )}
      <CheckField
        name="requestScopesForMultipleResourcesEnabled"
        label={say.severalResources}
        value={edited.requestScopesForMultipleResourcesEnabled}
        onInput={(isEnabled) => change({ requestScopesForMultipleResourcesEnabled: isEnabled })}
      />
      <SignInFields edit={edit} />
    </>
  );
}

function SignInFields({ edit }: { readonly edit: ObjectEdit<Application> }) {
  const { edited, change } = edit;
  return (
    <>
      <h2 class="part">{say.signIn}</h2>
      <ChoiceField
        name="tokenEndpointAuthMethod"
        label={say.authentication}
        value={edited.tokenEndpointAuthMethod}
        choices={AUTHENTICATIONS}
        onInput={(tokenEndpointAuthMethod) => change({ tokenEndpointAuthMethod })}
      />
      <ChecksField
        name="grantTypes"
        label={say.grantTypes}
        value={edited.grantTypes}
        choices={GRANT_TYPES}
        onInput={(grantTypes) => change({ grantTypes })}
      />
      <ChecksField
        name="responseTypes"
        label={say.responseTypes}
        value={edited.responseTypes}
        choices={RESPONSE_TYPES}
        onInput={(responseTypes) => change({ responseTypes })}
      />
      <ChoiceField
        name="pkceEnforcement"
        label={say.pkce}
        value={edited.pkceEnforcement}
        choices={PKCES}
        onInput={(pkceEnforcement) => change({ pkceEnforcement })}
      />
      <LinesField
        name="redirectUris"
        label={say.redirectUris}
        hint={say.uriHint}
        value={edited.redirectUris}
        print={String}
        parse={String}
        onInput={(redirectUris) => change({ redirectUris })}
      />
      <LinesField
        name="postLogoutRedirectUris"
        label={say.postLogoutRedirectUris}
        hint={say.uriHint}
        value={edited.postLogoutRedirectUris}
        print={String}
        parse={String}
        onInput={(postLogoutRedirectUris) => change({ postLogoutRedirectUris })}
      />
    </>
  );
}
