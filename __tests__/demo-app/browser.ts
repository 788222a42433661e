/** A browser as far as a sign-in needs one: it keeps cookies, follows redirects, and sends forms. */
export interface Browser {
  /** Follows redirects until there is a page, or one leads away from the server. */
  open(url: string | URL): Promise<Page>;
  /** Sends the form whose action ends so. */
  submit(page: Page, action: string, fields?: Fields, headers?: Fields): Promise<Page>;
  /** Opens the address, signs in where it is asked to, and consents. */
  signIn(url: string | URL, name: string, password: string): Promise<Page>;
  /** Its cookies by name. */
  readonly cookies: ReadonlyMap<string, Cookie>;
}

type Fields = Readonly<Record<string, string>>;

/** The scopes that a consent page lists. */
export function scopesOn({ text }: Page): readonly string[] {
  const named = text.matchAll(/<(?:code class="xs muted"|b class="mono")>(.*?)<\/(?:code|b)><\/li>/g);
  return [...named].map(([, scope = '']) => scope.replaceAll('<wbr>', ''));
}

export interface Page {
  /** Of the page, or where the redirect leads that left the server. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** @param origin of the server */
export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, Cookie>();

  async function follow(start: URL, init: RequestInit = {}): Promise<Page> {
    let url = start;
    let request: RequestInit = init;
    for (let hops = 0; hops < 20; hops++) {
      const headers = new Headers(request.headers);
      headers.set('cookie', cookieHeader(url.pathname));
      headers.set('accept', 'text/html');
      const response = await fetch(url, { ...request, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) keep(line);
      const location = response.headers.get('location');
      if (location === null) {
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      }
      url = new URL(location, url);
      if (url.origin !== origin) return { url, status: response.status, headers: response.headers, text: '' };
      request = {};
    }
    throw new Error(`Too many redirects, the last to ${url}`);
  }

  function cookieHeader(path: string): string {
    const sent = [...cookies].filter(([, cookie]) => path === cookie.path || path.startsWith(withSlash(cookie.path)));
    return sent.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/);
    const path = attributes.find((each) => /^path=/i.test(each))?.slice('path='.length) ?? '/';
    const expires = attributes.find((each) => /^expires=/i.test(each))?.slice('expires='.length);
    if (expires !== undefined && Date.parse(expires) < Date.now()) cookies.delete(name);
    else cookies.set(name, { value, path });
  }

  const browser: Browser = {
    cookies,
    open: (url) => follow(new URL(url)),
    submit(page, action, fields = {}, headers = {}) {
      const [, path] = new RegExp(`<form [^>]*method="post" action="([^"]*/${action})"`).exec(page.text) ?? [];
      if (path === undefined)
        throw new Error(`There is no form "${action}" on this page:\n${page.status} ${page.text}`);
      const body = new URLSearchParams(fields);
      return follow(new URL(path, page.url), { method: 'POST', body, headers: { origin, ...headers } });
    },
    async signIn(url, name, password) {
      let page = await browser.open(url);
      if (page.text.includes('name="password"')) page = await browser.submit(page, 'login', { name, password });
      return page.text.includes('/consent"') ? browser.submit(page, 'consent') : page;
    },
  };
  return browser;
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
