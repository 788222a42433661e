/** Every sentence of the console, so that it can be translated. Whole sentences with named places: nothing is glued together. */

import type { Count } from './counting.js';

const plural = new Intl.PluralRules('en');
const number = (n: number) => n.toLocaleString('en');
const count = (n: number, one: string, many: string) =>
  plural.select(n) === 'one' ? `1 ${one}` : `${number(n)} ${many}`;

/** For a number that may be only a part of the whole. */
const countMost = (n: number, isMore: boolean, one: string, many: string) =>
  isMore ? `At least ${count(n, one, many)}` : count(n, one, many);

const KINDS: Readonly<Record<string, string>> = {
  WORKER: 'Worker, acts for itself',
  SERVICE: 'Service, acts for itself or for people',
  WEB_APP: 'Web application, acts for people',
  SINGLE_PAGE_APP: 'Single-page application, acts for people',
  NATIVE_APP: 'Native application, acts for people',
};

/** "Reports loses 4 scopes and gains 1 scope. 3 others stay as before." */
function sayEffect(name: string, lost: number, won: number, stay: number): string {
  const what = [
    ...(lost > 0 ? [`loses ${count(lost, 'scope', 'scopes')}`] : []),
    ...(won > 0 ? [`gains ${count(won, 'scope', 'scopes')}`] : []),
  ];
  if (what.length === 0) return `What ${name} reaches stays the same: other scopes that it holds cover it.`;
  return `${name} ${what.join(' and ')}. ${count(stay, 'other stays', 'others stay')} as before.`;
}

const SENTENCES: Readonly<Record<string, string>> = {
  'ENVIRONMENT.CREATED': '{who} created the environment {name}.',
  'ENVIRONMENT.UPDATED': '{who} changed the environment {name}.',
  'ENVIRONMENT.DELETED': '{who} deleted the environment {name}.',
  'RESOURCE.CREATED': '{who} defined the resource {name}.',
  'RESOURCE.UPDATED': '{who} changed the resource {name}.',
  'RESOURCE.DELETED': '{who} deleted the resource {name}.',
  'SCOPE.CREATED': '{who} defined the scope {name}.',
  'SCOPE.UPDATED': '{who} changed the scope {name}.',
  'SCOPE.DELETED': '{who} deleted the scope {name}.',
  'APPLICATION.CREATED': '{who} created the application {name}.',
  'APPLICATION.UPDATED': '{who} changed the application {name}.',
  'APPLICATION.DELETED': '{who} deleted the application {name}.',
  'GRANT.CREATED': '{who} granted scopes to {application}.',
  'GRANT.UPDATED': '{who} changed what {application} holds.',
  'GRANT.DELETED': '{who} took scopes away from {application}.',
  'SECRET.CREATED': '{who} created the first secret of {application}.',
  'SECRET.UPDATED': '{who} replaced the secret of {application}.',
  'REVOCATION.CREATED': '{who} revoked tokens of {application}.',
};

export const words = {
  number,
  skip: 'Skip to content',
  start: {
    loading: 'Opening the console…',
    failed:
      'The console cannot start: the issuer that you sign in at does not answer this page. Nothing is lost. Try again in a minute. If that does not help, an administrator has to check that the issuer allows requests from this address (CORS).',
    again: 'Try again',
  },
  signIn: {
    title: 'Sign in to the console',
    lead: 'Who may do what, why a call was refused, and what changed.',
    button: 'Sign in',
    refused: (sentence: string) => `You are not signed in. ${sentence}`,
    again: 'Sign in again to continue',
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
    environments: 'Environments',
  },
  find: {
    title: 'Find anything',
    label: 'An application, a scope or a screen',
    results: 'Found',
    screens: 'Screens',
    nothing: 'Nothing by that name. Applications are found by the beginning of a name, scopes by any part of it.',
  },
  keys: {
    title: 'Keys',
    on: 'Use single-key shortcuts',
    groups: {
      everywhere: 'Everywhere',
      screen: 'On this screen',
      tree: 'In the tree of scopes',
      edit: 'While you change grants',
      stream: 'In the stream of calls',
    },
    of: {
      everywhere: [
        ['Ctrl K', 'Find anything'],
        ['Esc', 'Close what is on top'],
        ['?', 'This list'],
      ],
      screen: [
        ['/', 'Filter'],
        ['n', 'Make a new one'],
      ],
      tree: [
        ['← ↑ ↓ →', 'Move by cell; → opens a name, ← closes it'],
        ['Home End', 'Go to the ends of the row; with Ctrl, of the tree'],
        ['Enter', 'Go from a scope to its details; Esc goes back'],
      ],
      edit: [
        ['Space', 'Tick or untick a scope'],
        ['w', 'Why: explain this scope'],
        ['Ctrl ↵', 'Save what the preview shows'],
        ['Ctrl Z', 'Undo the last tick; after saving, the saved change'],
      ],
      stream: [
        ['Space', 'Pause, resume'],
        ['↑ ↓', 'Choose a call'],
        ['Enter', 'Open the call'],
        ['e', 'Explain the call'],
      ],
    } as Readonly<Record<'everywhere' | 'screen' | 'tree' | 'edit' | 'stream', readonly (readonly [string, string])[]>>,
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
    typedIsHere: 'What you typed is still here.',
    stillHere: 'Your change is still here, and nothing was changed on the server.',
  },
  loading: (what: string) => `Loading ${what}…`,
  readOnly: { title: 'You can look, not change.', lead: 'This console was set up as read-only.' },
  copy: (what: string) => `Copy ${what}`,
  copied: 'Copied',
  undo: 'Undo',
  seconds: (n: number) => `${n} s`,
  cancel: 'Cancel',
  discard: 'Discard',
  close: 'Close',
  previous: 'Previous',
  next: 'Next',
  applications: {
    title: 'Applications',
    lead: 'Programs that call your APIs. Each may do what its grants reach.',
    search: 'Find by the beginning of a name',
    create: 'New application',
    name: 'Name',
    reach: 'May do',
    endsColumn: 'Ends',
    nothing: 'no grant',
    sayReach: (held: number, covered: number) => `${number(held)} held, ${number(covered)} covered`,
    range: (first: string, last: string, all: number | undefined) =>
      all === undefined ? `${first} to ${last}` : `${first} to ${last}, of ${number(all)}`,
    clear: 'Clear the search',
    show: 'Show',
    shows: { all: 'All', ends: 'Ends soon', unused: 'Unused', disabled: 'Disabled' },
    showAll: 'Show all',
    noneOf: {
      ends: {
        title: 'Nothing ends within 14 days',
        lead: 'An application is listed here while a scope that it holds ends within 14 days. You set an end in its grants.',
      },
      unused: {
        title: 'No application is known to be unused',
        lead: 'An application is listed here after 30 days without a call, once calls have been counted for that long.',
      },
      disabled: {
        title: 'No application is disabled',
        lead: 'A disabled application gets no token. You disable one in its settings.',
      },
    },
    noneOfSearch: (name: string) => `None of these begins with “${name}”`,
    kind: 'Kind',
    state: 'State',
    what: 'applications',
    pages: 'Pages of applications',
    changed: 'Changed',
    disabled: 'disabled',
    ends: (when: string) => `ends ${when}`,
    count: (n: number) => count(n, 'application', 'applications'),
    empty: 'No application yet',
    emptyLead: 'An application is a program that gets tokens. Make one, and give it its first scope.',
    notFound: (name: string) => `No application begins with “${name}”`,
    notFoundLead: 'The search looks at the beginning of names, and ignores upper and lower case.',
    one: 'the application',
    id: 'the client id',
    enabled: 'Enabled',
    kinds: (type: string) => KINDS[type] ?? type,
    kindsInShort: (type: string) => (KINDS[type] ?? type).split(',')[0] ?? type,
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
      'It gets no token until it holds a scope. Grant one high in the tree to reach all below it, or one further down to allow just that.',
    nothingDefined: 'No resource of this environment defines a scope yet. Define one under Scopes, then come back.',
    first: 'Grant a scope',
    panel: 'Before you save',
    unsaved: 'nothing has changed yet',
    tick: 'Tick or untick a scope. What that would take and give is shown here before anything is saved.',
    mayNotChange: 'You can look, not change: changing grants needs the permission applications:update:grant.',
    effect: sayEffect,
    takesEffect: 'Takes effect within a second where grants are live, for tokens already issued too.',
    save(adds: number, removes: number, dates: number): string {
      if (adds + removes === 0) return `Change ${count(dates, 'date', 'dates')}`;
      if (adds === 0) return `Remove ${count(removes, 'scope', 'scopes')}`;
      if (removes === 0) return `Grant ${count(adds, 'scope', 'scopes')}`;
      return `Grant ${adds}, remove ${removes}`;
    },
    saving: 'Saving…',
    saveKey: 'Save',
    willBeGranted: 'will be granted',
    willBeRemoved: 'will be removed',
    ends: (date: string) => `ends ${date}`,
    noEnd: 'without an end',
    endsOn: 'Ends on',
    endsHint: 'Until the end of that day. Leave it empty for no end.',
    why: 'Why is this covered?',
    cell: 'This scope',
    state: { held: 'held', covered: 'covered', twice: 'covered twice', off: 'not granted' },
    whyCovered: (name: string) =>
      `${name} does not hold this scope itself. It is covered because ${name} holds another that reaches it:`,
    whyHeld: (name: string) => `${name} holds this scope itself.`,
    whyTwice: (name: string) => `${name} holds this scope itself, and would reach it even without that:`,
    whyOff: (name: string) => `${name} holds neither this scope nor one that covers it.`,
    who: 'Who else reaches it',
    hold: 'Hold it directly',
    grant: 'Grant it',
    remove: 'Remove it',
    undoes: 'Undoes a change made',
    allUndone: 'Nothing in it has changed since.',
    undoneSince: (n: number) =>
      `${count(n, 'of its scopes has', 'of its scopes have')} changed since, and ${n === 1 ? 'is left as it is' : 'are left as they are'} now.`,
    undone: 'Nothing is left to undo: all that this change gave or took has changed since.',
    undoElsewhere: 'This change was made to another application. Nothing is pending.',
    noUndo:
      'This change cannot be undone here: a scope or the grant had dates that have passed, or that only the API can set. Nothing is pending.',
    explain: 'Explain',
    saved: (name: string, adds: number, removes: number, dates: number): string => {
      const what = [
        ...(adds > 0 ? [`${count(adds, 'scope', 'scopes')} granted`] : []),
        ...(removes > 0 ? [`${count(removes, 'scope', 'scopes')} removed`] : []),
        ...(dates > 0 ? [`${count(dates, 'date', 'dates')} changed`] : []),
      ];
      return `${name}: ${what.join(', ')}.`;
    },
    sum: ({ lost, won, stay }: { lost: number; won: number; stay: number }) =>
      `${count(lost, 'scope', 'scopes')} lost, ${number(won)} gained, ${count(stay, 'stays', 'stay')}.`,
    review: 'Review',
    fold: 'Collapse',
    sheet: (lost: number, won: number): string => {
      const what = [
        ...(lost > 0 ? [`Lose ${number(lost)}`] : []),
        ...(won > 0 ? [`${lost > 0 ? 'gain' : 'Gain'} ${number(won)}`] : []),
      ];
      return what.length === 0 ? 'The reach stays the same' : what.join(', ');
    },
    conflict: 'Somebody changed these grants while you were editing',
    nothingSaved: 'Nothing saved yet',
    theirs: 'Saved meanwhile',
    theirsElse: 'Other members of the grant, such as its dates.',
    yours: 'Your change',
    conflictLead: 'It is kept. Look at it again on top of what is stored now, or drop it.',
    applyOnTop: 'Look again, with my change on top',
    drop: 'Take theirs, drop mine',
  },
  newApplication: {
    title: 'New application',
    lead: 'Three answers; the rest has sensible defaults.',
    name: 'Name',
    what: 'What is it?',
    kinds: {
      service: { title: 'A service', lead: 'Nobody signs in. Has a secret.' },
      website: { title: 'A website', lead: 'People sign in. Has a secret.' },
      app: { title: 'An app', lead: 'In a browser or on a phone. No secret.' },
    },
    redirectUri: 'Where people come back to after they sign in',
    redirectUriHint: 'Its redirect URI: the exact address. You can add more later.',
    scope: 'First scope (optional)',
    noScope: 'None yet',
    create: 'Create',
    creating: 'Creating…',
    halfway: (name: string) =>
      `The application ${name} itself was created. “Create” continues from there, and does not create a second one.`,
  },
  secret: {
    title: (name: string) => `The secret of ${name}`,
    once: 'This is the only time it is shown. Only a digest of it is kept, so nobody can look it up later.',
    what: 'the secret',
    stored: 'I have stored it',
    closes: 'Closes only with this button',
    done: 'Done',
    heading: 'Secret',
    none: 'It has no secret yet.',
    made: 'Created',
    previous: 'The previous secret stays valid, and ends',
    create: 'Create a secret',
    replace: 'Replace the secret',
    stays: (until: string) => `The previous secret stays valid until ${until}.`,
    tokens: 'Tokens already issued',
    tokensLead: (name: string) =>
      `Where grants are live, the next call with a revoked token is refused. ${name} can get a new one at once: to keep it out, disable it or take its grants away.`,
    subject: 'Only those of one person (optional)',
    subjectHint: 'The “sub” of the tokens, exactly as they name it.',
    revokeAll: 'Revoke all its tokens',
    revokeOf: (subject: string) => `Revoke its tokens of ${subject}`,
    revoked: 'Revoked: every token issued until now.',
  },
  settings: {
    name: 'Name',
    description: 'Description',
    enabled: 'Enabled',
    trust: 'Where its tokens are valid',
    trusts: {
      Account: 'At every API of the account',
      Tags: 'At the resources with one of its tags',
      Explicit: 'At the resource of the requested scope only',
    },
    enabledHint: 'A disabled application gets no token; where grants are live, its tokens are refused.',
    save: 'Save',
    end: 'Delete the application',
    deleteLead: 'Its grants and secrets go with it. This cannot be undone.',
    delete: (name: string) => `Delete ${name}`,
    deleteWhat: 'Its secrets go with it, and each of its calls is refused from then on. This cannot be undone.',
    kind: 'Kind',
    allowedTags: 'Tags of the resources that it may request',
    tagsHint: 'One per line, as key=value.',
    severalResources: 'One request may ask for several resources at once',
    signIn: 'How it gets tokens',
    authentication: 'How it authenticates',
    authentications: {
      NONE: 'Not at all: it has no secret',
      CLIENT_SECRET_BASIC: 'Its secret, in the header',
      CLIENT_SECRET_POST: 'Its secret, in the body',
      PRIVATE_KEY_JWT: 'A JWT signed with its private key',
      CLIENT_SECRET_JWT: 'A JWT signed with its secret',
    },
    grantTypes: 'Grant types',
    grantTypeWords: {
      CLIENT_CREDENTIALS: 'Client credentials: for itself',
      AUTHORIZATION_CODE: 'Authorization code: for people',
      REFRESH_TOKEN: 'Refresh token',
      DEVICE_CODE: 'Device code',
      TOKEN_EXCHANGE: 'Token exchange',
      CIBA: 'CIBA: back channel',
      IMPLICIT: 'Implicit: no longer recommended',
    },
    responseTypes: 'Response types',
    responseTypeWords: { CODE: 'code', TOKEN: 'token', ID_TOKEN: 'id_token' },
    pkce: 'PKCE',
    pkces: { S256_REQUIRED: 'Required, S256', REQUIRED: 'Required', OPTIONAL: 'Optional' },
    redirectUris: 'Redirect URIs',
    postLogoutRedirectUris: 'Where people come back to after they sign out',
    uriHint: 'One per line, exactly as the application sends it.',
    grantsGo: (grants: number, isMore: boolean) => `${countMost(grants, isMore, 'grant goes', 'grants go')} with it.`,
    holds: (scopes: number, isMore: boolean) =>
      `It holds ${isMore ? 'at least ' : ''}${count(scopes, 'scope', 'scopes')}.`,
  },
  history: {
    title: 'History',
    what: 'the history',
    lead: 'Who changed what, newest first.',
    empty: 'Nothing has changed yet',
    emptyLead: 'Each change to an application, a grant, a resource or a scope is listed here, with who made it.',
    older: 'Older',
    program: 'The program that opened the store',
    anApplication: 'an application',
    ending: (scope: string, date: string) => `${scope}, ends ${date}`,
    /** `{who}`, `{application}` and `{name}` are places. */
    sentence: (type: string) => SENTENCES[type] ?? `{who}: ${type}`,
    application: 'Application',
    allApplications: 'This environment',
    oneApplication: 'One application only',
    actor: 'Who',
    actorHint: 'Person or client id',
    from: 'From',
    to: 'To',
    filter: 'Filter',
    notFound: 'No change matches',
    notFoundLead: 'No change in this environment matches the person, the application and the time that you chose.',
    clear: 'Clear the filter',
  },
  overview: {
    what: 'the overview',
    recent: 'What changed',
    all: 'The whole history',
    applications: (n: number) => (n === 1 ? 'application' : 'applications'),
    held: (defined: number) => `of ${count(defined, 'scope is', 'scopes are')} held by somebody`,
    ending: (n: number) =>
      n === 1
        ? 'application holds a scope that ends within 14 days'
        : 'applications hold a scope that ends within 14 days',
    refused: (n: number) => (n === 1 ? 'call refused' : 'calls refused'),
    lastDay: 'in the last 24 hours',
    since: 'since',
    oneProcess: 'by one process',
    refusals: 'What was refused',
    refusalsWhat: 'refusals',
    allCalls: 'All calls',
    noRefusal: 'No call was refused',
    noRefusalLead:
      'A call that a gate refuses is listed here with its reason, for as long as this process runs. Older ones are in your log.',
    watch: 'Watch calls',
  },
  scopes: {
    title: 'Scopes',
    what: 'scopes',
    name: 'the name',
    lead: 'What the resources of this environment define.',
    countMore: 'Count the holders of more scopes',
    open: 'Each number counts the applications that hold the scope itself. Open it to see who else reaches the scope, and through what.',
    create: 'New scope',
    empty: 'No scope yet',
    emptyLead: 'A scope is one permission of an API. Define one, then grant it to an application.',
    gone: 'This scope is no longer there',
    holders: 'Who reaches it',
    through: 'Through',
    held: 'held',
    nobody: 'Nobody reaches it',
    nobodyLead: 'No application holds this scope, or one that covers it.',
    ladder: 'What covers it',
    notCounted: 'open to see who reaches it',
    /** The API counts a thousand holders of a scope at most. */
    holdersInShort: (n: number) => (n < 1000 ? number(n) : `${number(n)}+`),
    holdersOf: (n: number) =>
      n < 1000 ? count(n, 'application holds it', 'applications hold it') : `${number(n)} or more applications hold it`,
  },
  newScope: {
    title: 'New scope',
    lead: 'One permission of an API.',
    resource: 'Resource',
    newResource: 'A new resource…',
    resourceName: 'Name of the resource',
    audience: 'Audience',
    audienceHint: 'The “aud” of its tokens. If empty, it is the name.',
    name: 'Scope',
    nameHint: 'Such as orders:read, or urn:opc:resource:consumer:paas::read.',
    description: 'What it lets an application do',
    create: 'Create',
    halfway: (resource: string) =>
      `The resource ${resource} was created. “Create” continues with the scope, and does not create a second resource.`,
  },
  explain: {
    title: 'Explain',
    lead: 'May this application do that? The answer comes from the code that guards the routes.',
    application: 'Application',
    chooseOffered: 'Type the beginning of a name, and choose one of the applications that are offered.',
    applicationHint: 'Type the beginning of its name.',
    applicationUnreadable: 'You need the permission applications:read:application.',
    token: 'Token',
    tokenHint: 'It stays in this field. It is read, but not verified, stored or put in the address.',
    scope: 'Scope',
    scopeHint: 'What the route needs.',
    ask: 'Explain',
    paste: 'Paste a token',
    forget: 'Forget the token',
    empty: 'Ask before someone calls you',
    emptyLead: 'Pick an application and a scope. You see each check in order, and the smallest grant that would help.',
    unverified: 'Nobody has verified this token: a gate checks its signature and dates first.',
    verdict(outcome: string, since: string | undefined): string {
      if (outcome === 'permit') return 'Permitted';
      if (outcome === 'outage') return 'Cannot tell right now';
      return since === undefined ? 'Refused: it never had that scope' : `Refused: it was taken away ${since}`;
    },
    steps: {
      readCredentials: 'The request has one token',
      verifyToken: 'The token is genuine, current, and for this API',
      checkLiveGrants: 'The application is still granted it',
      requireScopes: 'The scopes cover what is needed',
      requireOwner: 'The record belongs to the caller',
      requireUserAuthentication: 'The person has signed in as the route requires',
    } as Readonly<Record<string, string>>,
    refusedSteps: {
      checkLiveGrants: 'The application is not granted it',
      requireScopes: 'The scopes do not cover what is needed',
    } as Readonly<Record<string, string>>,
    help: 'What would help',
    next: 'What to do',
    helpLead: 'Any one of these covers it. The narrowest comes first.',
    grantsOf: (name: string) => `Grants of ${name}`,
    seeChange: 'See that change in the history',
  },
  decisions: {
    title: 'Decisions',
    lead: 'Every call that the gates of one process let through or refuse. Choose one to see why.',
    filter: 'Filter',
    placeholder: 'Application, route, scope or reason',
    placeholderOfOne: 'Route, scope or reason',
    clear: 'Clear the filter',
    outcome: 'Outcome',
    outcomes: { '': 'All', deny: 'Refused', permit: 'Permitted', outage: 'Cannot tell' },
    outcomeOf: { permit: 'Permitted', deny: 'Refused', outage: 'Cannot tell' },
    pause: 'Pause',
    goOn: 'Resume',
    space: 'Space',
    only: (name: string) => `Only calls of ${name}.`,
    everybody: 'Show all',
    columns: ['Time', 'Outcome', 'Route', 'Application', 'Why', 'Status', 'Took'],
    empty: 'No call yet',
    nothing: 'No call matches',
    emptyLead: 'Decisions appear here the moment a guarded route is called.',
    kept: 'Keeps the last 500 here. Older ones are in your log.',
    process: (id: string) => `One process only: ${id.slice(0, 8)}`,
    opening: 'Connecting…',
    live: 'Live',
    paused: 'Paused: while you read, nothing moves',
    showNew: (n: number) => `Show ${number(n)} new`,
    rate: (calls: number, refused: number) =>
      `${count(calls, 'call', 'calls')} in the last minute, ${number(refused)} refused`,
    omitted: (n: number) => `${number(n)} left out under load`,
    notLive: (since: string) => `Not live since ${since}.`,
    onlyBehind: 'The gate keeps deciding; only this view is behind.',
    connect: 'Connect now',
    unknown: 'not known',
    held: 'is held',
    covers: 'covers it',
    reasons: {
      authenticated: 'Any token is enough',
      anonymous: 'No token is needed',
      preflight: 'A browser asks what it may send',
      report_only: 'Missing scopes are only reported',
    } as Readonly<Record<string, string>>,
    took: (ms: number) => `${ms < 10 ? ms.toFixed(1) : number(Math.round(ms))} ms`,
    reason: 'Reason',
    needs: 'Needs',
    tokenHolds: 'The token holds',
    subject: 'Subject',
    warning: 'Warning',
    grantsOf: (name: string) => `Grants of ${name}`,
    /** What the filter looks into. */
    searched: (
      {
        method,
        route,
        reason,
        detail = '',
        client = '',
        held = [],
      }: {
        readonly method: string;
        readonly route: string;
        readonly reason: string;
        readonly detail?: string;
        readonly client?: string;
        readonly held?: readonly string[];
      },
      name = '',
    ) => [method, route, reason, detail, client, name, ...held].join(' ').toLowerCase(),
  },
  routes: {
    title: 'Routes',
    what: 'routes',
    lead: 'What this process responds to, and what a call needs there. Read from the middleware itself.',
    columns: ['Route', 'Access', 'Needs'],
    access: {
      scoped: 'needs a scope',
      authenticated: 'needs a token',
      optional: 'token or not',
      public: 'public',
      UNPROTECTED: 'unprotected',
    },
    fix: (method: string, path: string) =>
      `app.${method === '*' ? 'all' : method.toLowerCase()}('${path}', gate.require('…'), …)`,
    reportOnly: (day: string) => `report-only until ${day}`,
    and: 'and',
    or: 'or',
    empty: 'No route',
    emptyLead: 'This process has none, or routeReport() was given none.',
    unused: 'Scopes that no route needs',
    unusedLead: 'They open no route of this process. Another process may need them.',
  },
  issuer: {
    title: 'Issuer and health',
    what: 'the health of this process',
    lead: 'Whether tokens can be verified, grants confirmed, and the store reached.',
    again: 'Check again',
    well: 'Everything answers',
    ill: 'Something does not answer',
    checked: 'Checked',
    perProcess: 'This is how one process sees it.',
    keys: 'Keys of the issuer',
    store: 'Store',
    grants: 'Live grants',
    up: 'answers',
    down: 'does not answer',
    noKeys: 'Not fetched yet, or from several issuers.',
    keysAge: (ms: number) => `Fetched ${sayAge(ms)} ago.`,
    took: (ms: number) => `Answered in ${ms.toFixed(1)} ms.`,
    nothingCached: 'Nothing is cached: the next call asks the store.',
    grantsAge: (ms: number) => `Last confirmed ${sayAge(ms)} ago.`,
  },
  usage: {
    title: 'Usage',
    what: 'usage',
    none: 'No usage is recorded',
    noneLead: 'Give usageRecorder() to the gates, and what applications call is counted here.',
    advice: 'Advice',
    noAdvice: 'Every scope that it holds was needed, and none is broader than its calls need.',
    change: 'Change grants',
    calls: (n: number) => `${count(n, 'call', 'calls')} in 30 days`,
    since: 'since',
    columns: ['Route', 'Needs', 'Calls', 'Last'],
    adviceOf: {
      UNUSED: 'no call needed it',
      BROADER_THAN_USED: 'is broader than its calls need. This would do:',
    } as Readonly<Record<string, string>>,
  },
  impact: {
    counting: 'Counting calls…',
    none: 'No usage is recorded, so callers are not known.',
    harmless: 'No call of the last 30 days would be refused.',
    refused: (n: number) => `${count(n, 'call', 'calls')} of the last 30 days would be refused:`,
    calls: (n: number) => count(n, 'call', 'calls'),
    more: (n: number) => `and ${count(n, 'more route', 'more routes')}`,
  },
  form: {
    conflict: 'Somebody changed this while you were editing',
    theirsElse: 'Something that is not shown here.',
    saved: 'Saved.',
    unknown:
      'Whether it was saved is not known: the API did not answer. What you entered is still here. Check before you try again.',
    /** A value of a member, as it is stored. */
    value(value: unknown): string {
      if (value === undefined || value === null || value === '') return 'none';
      if (typeof value === 'boolean') return value ? 'yes' : 'no';
      if (!Array.isArray(value)) return String(value);
      const items = value.map((item: unknown) => (typeof item === 'object' ? JSON.stringify(item) : String(item)));
      return items.length === 0 ? 'none' : items.join(', ');
    },
  },
  remove: {
    title: (name: string) => `Delete ${name}?`,
    typeName: (name: string) => `Type ${name} to confirm`,
    counting: 'Counting what goes with it…',
    keep: 'Keep it',
    submit: 'Delete',
    deleting: 'Deleting…',
    refused: 'It cannot be deleted.',
    stale: 'Nothing was deleted. Read it again, then decide.',
    readAgain: 'Read it again',
  },
  namedSecrets: {
    title: 'Secrets with names',
    what: 'its secrets',
    none: 'None. Add one beside the secret above, to change from one to the other without a hurry.',
    create: 'Add a secret',
    newTitle: 'New secret',
    newLead: 'The others stay valid. It is shown once.',
    name: 'Name',
    nameHint: 'Such as where it is deployed.',
    ends: 'Ends on',
    createIt: 'Create',
    creating: 'Creating…',
    made: 'Created',
    unused: 'Not used yet.',
    used: 'Last used',
    usedLast: (at: string) => `It was last used on ${at}.`,
    expires: 'Ends',
    delete: (name: string) => `Delete ${name}`,
    deleteWhat:
      'It is no longer valid from then on. Tokens that were issued with it stay valid. This cannot be undone.',
  },
  scopeSettings: {
    edit: 'Edit',
    card: 'Settings of the scope',
    name: 'Name',
    description: 'What it lets an application do',
    what: 'the scope',
    rename: 'Rename',
    renameAnyway: 'Rename anyway',
    renamed: (holders: number, isMore: boolean) =>
      holders === 0
        ? 'Nobody holds it.'
        : `${isMore ? `More than ${number(holders)} applications hold it and keep it` : count(holders, 'application holds it and keeps it', 'applications hold it and keep it')}, under the new name.`,
    tokens:
      'Issued tokens still have the old name. Where grants are live it no longer counts; elsewhere it counts until they expire.',
    routes: (routes: number) =>
      `${count(routes, 'route of this process needs', 'routes of this process need')} the old name. Applications that hold it are refused there until they request the new name:`,
    routesUnknown: 'The routes are not known yet.',
    end: 'Delete the scope',
    endLead: 'It is taken from every application that holds it. This cannot be undone.',
    delete: 'Delete the scope',
    deleteWhat:
      'It is taken from every application that holds it, and can no longer open a route. This cannot be undone.',
    losers(holders: number, isMore: boolean, names: string): string {
      if (holders === 0) return 'Nobody holds it.';
      if (isMore) return `More than ${number(holders)} applications hold it and lose it: ${names}`;
      return `${count(holders, 'application holds it and loses it', 'applications hold it and lose it')}: ${names}`;
    },
    names: (names: readonly string[], more: number) =>
      more === 0 ? `${names.join(', ')}.` : `${names.join(', ')} and ${number(more)} more.`,
    lastOf: (grants: number, isMore: boolean) =>
      `For ${isMore ? 'at least ' : ''}${number(grants)} of them it is the only scope of the grant, which goes too.`,
    calls: (calls: number) => `${count(calls, 'call', 'calls')} of the last 30 days needed it.`,
    needed: (routes: number) =>
      `${count(routes, 'route of this process needs', 'routes of this process need')} it by this name.`,
  },
  resource: {
    title: 'Resources',
    lead: 'An API that you protect, and the scopes that it defines.',
    create: 'New resource',
    creating: 'Creating…',
    createIt: 'Create',
    what: 'the resource',
    gone: 'This resource is no longer there',
    name: 'Name',
    audience: 'Audience',
    audienceHint: 'The “aud” of its tokens. If empty, it is the name.',
    description: 'Description',
    lifetime: 'Lifetime of access tokens, in seconds',
    lifetimeHint: '3,600 is an hour.',
    secondaryAudiences: 'Further audiences',
    secondaryAudiencesHint: 'One per line. Tokens for them are valid here too.',
    tags: 'Tags',
    settings: 'Settings of the resource',
    builtIn: 'built in',
    builtInLead: 'It comes with every environment, and can be neither changed nor deleted. Scopes can be added to it.',
    scopes: 'Its scopes',
    noScopes: 'No scope yet',
    noScopesLead: 'A scope is one permission of this API. Define one, then grant it to an application.',
    moreScopes: 'All scopes',
    end: 'Delete the resource',
    endLead: 'Its scopes and all grants of them go with it. This cannot be undone.',
    delete: (name: string) => `Delete ${name}`,
    deleteWhat: 'Its scopes go with it, and nobody gets a token for its audience any more. This cannot be undone.',
    scopesGo: (scopes: number, isMore: boolean) => `${countMost(scopes, isMore, 'scope goes', 'scopes go')} with it.`,
    grantsGo(grants: number, isMore: boolean): string {
      if (grants === 0) return 'No application holds any of them.';
      if (isMore) return `More than ${number(grants)} applications lose all that they hold of it.`;
      return `${count(grants, 'application loses all that it holds', 'applications lose all that they hold')} of it.`;
    },
  },
  environments: {
    title: 'Environments',
    lead: 'Each has its own applications, resources and history. A token of one opens nothing in another.',
    create: 'New environment',
    createLead: 'It comes with the resources that every environment has, and no application.',
    createIt: 'Create',
    creating: 'Creating…',
    what: 'the environment',
    name: 'Name',
    description: 'Description',
    type: 'Type',
    types: { SANDBOX: 'For trying things out', PRODUCTION: 'Production: changes are live' },
    id: 'Id',
    idHint: 'The id that tokens name, for example the one from PingOne. If empty, a new id is made.',
    here: 'you are here',
    settings: 'Settings',
    settingsOf: (name: string) => `Settings of ${name}`,
    all: 'All environments',
    first: 'No environment yet',
    firstLead:
      'An environment holds applications, the APIs that they call, and the history of both. Make the first one.',
    end: 'Delete the environment',
    endLead: 'All its applications, resources and grants go with it. This cannot be undone.',
    delete: (name: string) => `Delete ${name}`,
    deleteWhat:
      'Everything in it goes with it, and each call of its applications is refused from then on. This cannot be undone.',
    applicationsGo: ({ n, isMore }: Count) =>
      `${countMost(n, isMore, 'application goes', 'applications go')} with it, with all grants and secrets.`,
    resourcesGo: (resources: Count, scopes: Count) =>
      `${countMost(resources.n, resources.isMore, 'resource', 'resources')} with ${scopes.isMore ? 'at least ' : ''}${count(scopes.n, 'scope', 'scopes')} go with it.`,
    historyGoes: 'Its history can no longer be read here. Save it first, if somebody may ask for it.',
    saveHistory: 'Save its history',
    savingHistory: (n: number) => `Reading… ${count(n, 'change', 'changes')}`,
    savedHistory: (n: number) => `Saved: ${count(n, 'change', 'changes')}, one per line.`,
    historyTooLong: (most: number) =>
      `It has more than ${number(most)} changes, too many for a browser. Nothing was saved. The operator of the API can export it from the store: activities.export.`,
    historyFailed: 'The history could not be read to its end. Nothing was saved.',
  },
};

/** "3 minutes" */
function sayAge(ms: number): string {
  if (ms < 60_000) return count(Math.round(ms / 1000), 'second', 'seconds');
  if (ms < 5_400_000) return count(Math.round(ms / 60_000), 'minute', 'minutes');
  return count(Math.round(ms / 3_600_000), 'hour', 'hours');
}
