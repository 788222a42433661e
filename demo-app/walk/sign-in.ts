/** The person who signs in. */
export interface Person {
  readonly name: string;
  readonly password: string;
}

/** Redirects that one page may take: the authorization endpoint, the page, the endpoint again. */
const MAX_REDIRECTS = 10;

/**
 * Signs a person in and consents, as a browser does: it keeps cookies, follows redirects and sends the two forms.
 *
 * @returns the authorization code
 * @throws {Error} that says which page came instead
 */
export async function signIn(link: string, { name, password }: Person): Promise<string> {
  const browser = new CookieBrowser();
  let page = await browser.open(link);
  page = await browser.open(`${page}/login`, new URLSearchParams({ name, password }));
  page = await browser.open(`${page}/consent`, new URLSearchParams());
  const code = new URL(page).searchParams.get('code');
  if (code === null) throw new Error(`The sign-in ended without a code, at ${page}`);
  return code;
}

/** Sends each cookie to every path: the cookies of each interaction have names of their own. */
class CookieBrowser {
  readonly #cookies = new Map<string, string>();

  /** @returns the address of the page at the end of the redirects */
  async open(address: string, form?: URLSearchParams): Promise<string> {
    let url = address;
    let request: RequestInit = form === undefined ? {} : { method: 'POST', body: form };
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...request, headers: { cookie }, redirect: 'manual' });
      await response.body?.cancel();
      this.#keep(response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (location === null) return url;
      url = new URL(location, url).href;
      request = {};
    }
    throw new Error(`More than ${MAX_REDIRECTS} redirects, the last to ${url}`);
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
