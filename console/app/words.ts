/** Every sentence of the console, so that it can be translated. Whole sentences with named places: nothing is glued together. */

const plural = new Intl.PluralRules('en');
const number = (n: number) => n.toLocaleString('en');
const count = (n: number, one: string, many: string) =>
  plural.select(n) === 'one' ? `1 ${one}` : `${number(n)} ${many}`;

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
    gone: 'This application is no longer there.',
    tabs: {
      grants: 'Grants',
      decisions: 'Decisions',
      usage: 'Usage and advice',
      secret: 'Secret and tokens',
      history: 'History',
      settings: 'Settings',
    },
  },
};
