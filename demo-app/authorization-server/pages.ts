/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const filled = parts.map((part, i) => part + (i < values.length ? markup(values[i]) : ''));
  return { html: filled.join('') };
}

function markup(value: string | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return 'html' in value ? value.html : value.map((each) => each.html).join('');
}

/** A page with one card. Style and script are files of this server, so that nothing on a page is inline. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · scopegate demo</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/card-pages.css">
<script type="module" src="/assets/card-pages.js"></script>
</head>
<body>
<main class="gatepage">${content}</main>
</body>
</html>
`.html;
}

/**
 * For every page of this server: style, script and requests of this server only, no frame, nothing inline.
 * `Referrer-Policy: no-referrer` would take away the `Origin` of the forms.
 *
 * @param redirectUri where the forms lead in the end: browsers check `form-action` for the redirect after a form too
 */
export function siteHeaders(redirectUri?: string): Readonly<Record<string, string>> {
  const target = redirectUri === undefined ? '' : ` ${formTarget(redirectUri)}`;
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
      `form-action 'self'${target}; frame-ancestors 'none'; base-uri 'none'`,
    'Content-Type': 'text/html; charset=utf-8',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

function formTarget(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

/** What a demo shows on its sign-in page, and no other authorization server would. */
export interface DemoCredentials {
  readonly users: readonly string[];
  readonly password: string;
}

export interface SignInView {
  /** The address below which the forms are. */
  readonly action: string;
  /** The application that the person signs in for. */
  readonly application: string;
  /** What was typed before. */
  readonly name?: string;
  readonly problem?: { readonly what: string; readonly next: string };
  readonly credentials?: DemoCredentials | undefined;
}

export function signInPage({ action, application, name = '', problem, credentials }: SignInView): string {
  const isRetry = problem !== undefined;
  const invalid = { html: isRetry ? ' aria-invalid="true" aria-describedby="problem"' : '' };
  const focused = (isHere: boolean) => ({ html: isHere ? ' autofocus' : '' });
  return page(
    isRetry ? `${problem.what} Sign in` : 'Sign in',
    html`<div class="gcard">
<form class="in" method="post" action="${action}/login">
${brand}
<div><h1>Sign in</h1>
<p class="ink2">to continue to <b>${application}</b></p></div>
${isRetry ? banner(problem.what, problem.next) : []}
<div class="field"><label for="name">Name</label>
<input class="input big" id="name" name="name" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required${focused(!isRetry)}></div>
<div class="field"><label for="password">Password</label>
<span class="pw"><input class="input big" id="password" name="password" type="password" autocomplete="current-password" required${invalid}${focused(isRetry)}></span></div>
<button class="btn primary big">Sign in</button>
</form>
<div class="ft">${credentials === undefined ? [] : hint(credentials)}
<p class="muted">Next: you see what ${application} asks for, and decide.</p>
<form method="post" action="${action}/cancel"><button class="link">Back to ${application} without signing in</button></form></div>
</div>`,
  );
}

function hint({ users, password }: DemoCredentials): Html {
  const names = users.map((user, i) => html`${i === 0 ? '' : ' or '}<b class="mono" data-user>${user}</b>`);
  return html`<p data-credentials>This is a demo. Use ${names}, with the password
<b class="mono" data-password>${password}</b></p>`;
}

export interface AskedScope {
  readonly name: string;
  readonly description?: string | undefined;
}

export interface ConsentView {
  readonly action: string;
  readonly application: string;
  readonly user: string;
  readonly scopes: readonly AskedScope[];
  /** Where the person goes on. */
  readonly returnTo: string;
  /** Signs in as somebody else, then comes back here. */
  readonly otherUser: string;
}

export function consentPage({ action, application, user, scopes, returnTo, otherUser }: ConsentView): string {
  const isRenewed = scopes.some(({ name }) => name === 'offline_access');
  return page(
    `Allow ${application}?`,
    html`<div class="gcard wide">
<div class="in"><div class="who-calls"><span class="glyph" aria-hidden="true">${initial(application)}</span>
<div><h1>${application} asks to act for you</h1>
<p class="small muted">Signed in as ${user} · <a href="${otherUser}">not you?</a></p></div></div>
<div class="stack"><h2 class="label" id="asks">It would be able to</h2>
<ul class="asks" aria-labelledby="asks">
${scopes.map(asked)}
</ul>
<p class="small ink2">It never sees your password.</p></div>
<div class="two-btn">
<form method="post" action="${action}/cancel"><button class="btn big">Don’t allow</button></form>
<form method="post" action="${action}/consent"><button class="btn primary big">Allow</button></form>
</div></div>
<div class="ft"><p><b>Next:</b> you return to <span class="mono">${returnTo}</span>. If you allow it, ${application} gets a
token${isRenewed ? ', and renews it while you are away' : ' that ends by itself'}.</p>
<p class="muted">You can take this back at any time. Where grants are live, the next call is refused.</p></div>
</div>`,
  );
}

/** By its description, with the name small below; by its name alone where nobody described it. */
function asked({ name, description }: AskedScope): Html {
  const said = description ?? '';
  return said === ''
    ? html`<li>${icons.check}<b class="mono">${breakable(name)}</b></li>\n`
    : html`<li>${icons.check}<b>${said}</b><code class="xs muted">${breakable(name)}</code></li>\n`;
}

/** A name that breaks after a segment, or before its qualifier, where it is too long for its line. */
function breakable(name: string): Html[] {
  return name.split(/(?<=[^:]:)(?!:)|(?=::)/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr>${part}`));
}

export interface ProblemView {
  readonly title: string;
  readonly sentence: string;
  /** The cause, for a developer: a code of OAuth. */
  readonly code?: string;
  /** The way on. */
  readonly next?: { readonly href: string; readonly label: string };
}

export function problemPage({ title, sentence, code, next }: ProblemView): string {
  return page(
    title,
    html`<div class="gcard"><div class="in">
${brand}
<h1>${title}</h1>
<p class="ink2">${sentence}</p>
${next === undefined ? [] : html`<a class="btn primary big" href="${next.href}">${next.label}</a>`}
</div>${code === undefined ? [] : html`<div class="ft"><p class="mono muted">${code}</p></div>`}</div>`,
  );
}

function banner(what: string, next: string): Html {
  return html`<div class="banner deny" role="alert" id="problem">${icons.warn}<p class="grow"><b>${what}</b> ${next}</p></div>`;
}

function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? '?';
}

function icon(path: string): Html {
  return { html: `<svg class="i" viewBox="0 0 16 16" aria-hidden="true">${path}</svg>` };
}

const icons = {
  check: icon('<path d="m3 8.5 3.2 3.2L13 5"/>'),
  warn: icon('<path d="M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.4v.1"/>'),
};

const brand: Html = html`<a class="brand" href="/"><img src="/assets/icon.svg" width="22" height="22" alt=""> scopegate <span class="muted xs">demo</span></a>`;
