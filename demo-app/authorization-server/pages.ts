import { createHash } from 'node:crypto';

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

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}
label,input{display:block;width:100%;box-sizing:border-box}input{font:inherit;padding:.4rem;margin-bottom:1rem}
button{font:inherit;padding:.4rem 1.2rem;margin-right:.5rem}code,pre{overflow-wrap:anywhere;white-space:pre-wrap}
.problem{color:#a00}`;

export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`.html;
}

/**
 * For pages that hold nothing but forms: no script, no frame, no resource from anywhere. Browsers check `form-action` for
 * the redirect after a form too, so it contains the client's address. `Referrer-Policy: no-referrer` would take away
 * the `Origin` of the forms.
 *
 * @param redirectUri where the forms lead in the end
 */
export function pageHeaders(redirectUri?: string): Readonly<Record<string, string>> {
  const target = redirectUri === undefined ? '' : ` ${formTarget(redirectUri)}`;
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'${target}; ` +
      `frame-ancestors 'none'; base-uri 'none'`,
    'Content-Type': 'text/html; charset=utf-8',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

function formTarget(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

export function loginPage(action: string, problem?: string): string {
  return page(
    'Sign in',
    html`${problem === undefined ? [] : html`<p class="problem">${problem}</p>`}
<form method="post" action="${action}/login">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
${cancel(action)}`,
  );
}

export function consentPage(action: string, client: string, user: string, scopes: readonly string[]): string {
  return page(
    'Allow access?',
    html`<p><strong>${client}</strong> asks for access in the name of <strong>${user}</strong>:</p>
<ul>
${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
</ul>
<form method="post" action="${action}/consent">
<button>Allow</button>
</form>
${cancel(action)}`,
  );
}

function cancel(action: string): Html {
  return html`<form method="post" action="${action}/cancel">
<button>Cancel</button>
</form>`;
}

export function problemPage(title: string, sentence: string): string {
  return page(title, html`<p class="problem">${sentence}</p>`);
}
