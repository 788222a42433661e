/** Every sentence of the console, so that it can be translated. Whole sentences with named places: nothing is glued together. */

const plural = new Intl.PluralRules('en');
const number = (n: number) => n.toLocaleString('en');
const count = (n: number, one: string, many: string) =>
  plural.select(n) === 'one' ? `1 ${one}` : `${number(n)} ${many}`;

const KINDS: Readonly<Record<string, string>> = {
  WORKER: 'Worker, acts for itself',
  SERVICE: 'Service, acts for itself or for people',
  WEB_APP: 'Web application, acts for people',
  SINGLE_PAGE_APP: 'Page in a browser, acts for people',
  NATIVE_APP: 'Program on a device, acts for people',
};

/** "loses 4 scopes, gets 1", or nothing of the kind. */
function sayEffect(name: string, lost: number, won: number, stay: number): string {
  const what = [
    ...(lost > 0 ? [`loses ${count(lost, 'scope', 'scopes')}`] : []),
    ...(won > 0 ? [`gets ${count(won, 'scope', 'scopes')}`] : []),
  ];
  if (what.length === 0) return `What ${name} reaches stays the same: other scopes that it holds cover it.`;
  return `${name} ${what.join(' and ')}. ${count(stay, 'other stays', 'others stay')} as before.`;
}

export const words = {
  number,
  skip: 'Skip to content',
  start: {
    loading: 'Opening the console…',
    failed:
      'The console cannot start: the issuer that people sign in at does not answer this page. Nothing is lost. Try again in a minute; if it stays so, an administrator has to look whether the issuer allows requests from this address (CORS).',
    again: 'Try again',
  },
  signIn: {
    title: 'Sign in to the console',
    lead: 'Who may do what, why a call was refused, and what changed.',
    button: 'Sign in',
    refused: (sentence: string) => `You are not signed in. ${sentence}`,
    again: 'Sign in again to go on',
    againLead: 'Your sign-in has ended. What you have not saved is still here, and will be after you sign in.',
    out: 'Sign out',
  },
  nav: {
    label: 'Console',
    open: 'Open navigation',
    close: 'Close navigation',
    overview: 'Overview',
    applications: 'Applications',
    scopes: 'Scopes',
    explain: 'Explain',
    decisions: 'Decisions',
    history: 'History',
    routes: 'Routes',
    issuer: 'Issuer and health',
  },
  environment: {
    label: 'Environment',
    title: 'Environments',
    lead: 'Each environment has its own applications, resources and history.',
    none: 'There is no environment that you may see',
    noneLead: 'An administrator of the API decides which environment a person may administer.',
    production: 'Changes are live',
    other: 'For trying things out',
    gone: 'There is no such environment, or you may not see it.',
  },
  failure: {
    retry: 'Try now',
    retryIn: (seconds: number) => `Trying again in ${count(seconds, 'second', 'seconds')}.`,
    reference: 'Reference',
    what(status: number): string {
      if (status === 0) return 'The API does not answer.';
      if (status === 403) return 'You may not see this.';
      if (status === 404) return 'This is no longer there.';
      if (status === 429) return 'Too many requests at once.';
      if (status >= 500) return 'The API cannot answer at the moment.';
      return 'The API refused this.';
    },
    safe(status: number): string {
      if (status === 403) return 'Your token has no scope for it. Ask an administrator of this environment.';
      if (status === 404) return 'Somebody deleted it, or the address is wrong. The history says what happened.';
      return 'What you see was loaded before, and nothing was changed.';
    },
    notSaved: 'Not saved.',
    stillHere: 'Your change is still here, and nothing was changed on the server.',
  },
  loading: (what: string) => `Loading ${what}…`,
  readOnly: { title: 'You can look, not change.', lead: 'This console was set up without changes.' },
  copy: (what: string) => `Copy ${what}`,
  copied: 'Copied',
  undo: 'Undo',
  cancel: 'Cancel',
  discard: 'Discard',
  close: 'Close',
  previous: 'Previous',
  next: 'Next',
  applications: {
    title: 'Applications',
    lead: 'Programs that call your APIs. What each may do is what its grants reach.',
    search: 'Find by the beginning of a name',
    create: 'New application',
    name: 'Name',
    reach: 'May do',
    kind: 'Kind',
    changed: 'Changed',
    disabled: 'disabled',
    ends: (when: string) => `ends ${when}`,
    count: (n: number) => count(n, 'application', 'applications'),
    empty: 'No application yet',
    emptyLead: 'An application is a program that gets tokens. Make one, and give it its first scope.',
    notFound: (name: string) => `No application begins with “${name}”`,
    notFoundLead: 'The search looks at the beginning of names, in any case.',
    one: 'the application',
    id: 'the client id',
    enabled: 'Enabled',
    kinds: (type: string) => KINDS[type] ?? type,
    tabs: {
      grants: 'Grants',
      decisions: 'Decisions',
      usage: 'Usage and advice',
      secret: 'Secret and tokens',
      history: 'History',
      settings: 'Settings',
    },
  },
  grants: {
    rule: 'A scope you hold also covers everything below it with the same qualifier; ::all covers every qualifier. The shading shows how far.',
    tree: (name: string) => `Scopes of ${name}`,
    own: 'Scopes that cover only themselves',
    none: (name: string) => `${name} may do nothing yet`,
    noneLead:
      'It gets no token until it holds a scope. Hold one high in the tree to reach all below it, or one further down to allow just that.',
    nothingDefined: 'No resource of this environment defines a scope yet. Define one under Scopes, then come back.',
    first: 'Grant a scope',
    panel: 'Before you save',
    unsaved: 'nothing has changed yet',
    tick: 'Tick or untick a scope. What that takes and gives is shown here before anything is saved.',
    mayNotChange: 'You can look, not change: changing grants needs the permission applications:update:grant.',
    effect: sayEffect,
    takesEffect: 'Takes effect within a second where grants are live, for tokens already issued too.',
    save(adds: number, removes: number): string {
      if (adds === 0) return `Remove ${count(removes, 'scope', 'scopes')}`;
      if (removes === 0) return `Grant ${count(adds, 'scope', 'scopes')}`;
      return `Grant ${adds}, remove ${removes}`;
    },
    saving: 'Saving…',
    saveKey: 'Save',
    willBeGranted: 'will be granted',
    willBeRemoved: 'will be removed',
    ends: (date: string) => `ends ${date}`,
    conflict: 'Somebody changed these grants while you were editing',
    nothingSaved: 'Nothing saved yet',
    yours: 'Your change',
    conflictLead: 'It is kept. Look at it again on top of what is stored now, or drop it.',
    applyOnTop: 'Look again, with my change on top',
    drop: 'Take theirs, drop mine',
  },
};
