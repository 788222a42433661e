import type { Session } from './session.js';

/** What the API said, or that nothing was heard of it. */
export class ApiFailure extends Error {
  /** 0 where there was no response. */
  readonly status: number;
  /** PingOne's code: `INVALID_DATA`, `NOT_FOUND`. */
  readonly code: string;
  readonly details: readonly ApiDetail[];
  readonly reference: string | undefined;

  constructor(status: number, body: ProblemBody) {
    super(body.message ?? '');
    this.status = status;
    this.code = body.code ?? '';
    this.details = body.details ?? [];
    this.reference = body.id;
  }
}

export interface ApiDetail {
  readonly code: string;
  readonly target?: string;
  readonly message: string;
}

interface ProblemBody {
  readonly id?: string;
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ApiDetail[];
}

/** An object with the entity tag that a later change of it needs. */
export interface Tagged<T> {
  readonly value: T;
  readonly tag: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly count: number | undefined;
  /** The path of the next page. */
  readonly next: string | undefined;
  /** The path of the page before. */
  readonly previous: string | undefined;
}

interface Link {
  readonly href: string;
}

interface PageBody {
  readonly count?: number;
  readonly _embedded: Readonly<Record<string, readonly unknown[]>>;
  readonly _links: { readonly next?: Link; readonly prev?: Link };
}

export interface Sending {
  readonly body?: unknown;
  readonly tag?: string | undefined;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

/** The admin API, as the person who signed in. */
export class Api {
  readonly #base: string;
  readonly #session: Session;
  /** Called when the person has to sign in again. */
  onSignedOut: () => void = () => undefined;

  constructor(base: string, session: Session) {
    this.#base = new URL(base, location.origin).href.replace(/\/$/, '');
    this.#session = session;
  }

  async get<T>(path: string, signal?: AbortSignal): Promise<Tagged<T>> {
    return this.#read(await this.#send('GET', path, { signal }));
  }

  /**
   * One page. The next and the one before have the same path and the query that the API names: behind a proxy that strips
   * a path, the API does not know its own address.
   */
  async page<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
    const { value } = await this.get<PageBody>(path, signal);
    const [items = []] = Object.values(value._embedded);
    const { next, prev } = value._links;
    const pathOf = (link?: Link) => link && path.split('?', 1)[0] + new URL(link.href, this.#base).search;
    return { items: items as readonly T[], count: value.count, next: pathOf(next), previous: pathOf(prev) };
  }

  /** All pages, `most` items at most. */
  async all<T>(path: string, signal?: AbortSignal, most = 5000): Promise<readonly T[]> {
    const items: T[] = [];
    for (let next: string | undefined = path; next !== undefined && items.length < most; ) {
      const page: Page<T> = await this.page(next, signal);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  }

  async change<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    sending: Sending = {},
  ): Promise<Tagged<T>> {
    return this.#read(await this.#send(method, path, sending));
  }

  /** The body as it comes, for a stream. */
  async open(path: string, signal: AbortSignal, accept: string): Promise<Response> {
    return this.#send('GET', path, { signal, accept });
  }

  async #read<T>(response: Response): Promise<Tagged<T>> {
    const text = await response.text();
    return { value: (text === '' ? undefined : JSON.parse(text)) as T, tag: response.headers.get('ETag') ?? '' };
  }

  /** A token that the API refuses is renewed once: it may have been revoked, or its key withdrawn. */
  async #send(method: string, path: string, sending: Sending): Promise<Response> {
    for (let tries = 0; tries < 2; tries++) {
      const token = await this.#session.token();
      if (token === undefined) break;
      const response = await this.#sendOnce(token, method, path, sending);
      if (response.ok) return response;
      if (response.status !== 401) throw new ApiFailure(response.status, await readProblem(response));
      this.#session.drop(token);
    }
    this.onSignedOut();
    throw new ApiFailure(401, {});
  }

  #sendOnce(token: string, method: string, path: string, { body, tag, accept, signal }: Sending): Promise<Response> {
    return fetch(this.#address(path), {
      method,
      credentials: 'omit',
      cache: 'no-store',
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && {
          'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        }),
        ...(tag !== undefined && { 'If-Match': tag }),
        ...(accept !== undefined && { Accept: accept }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiFailure(0, {});
    });
  }

  /**
   * A path may come from the address of the page, where anything can be: the token goes to this API only.
   *
   * @throws {ApiFailure} 404 where the path leads elsewhere, or is none
   */
  #address(path: string): string {
    const address = this.#base + path;
    const isOwn = path.startsWith('/') && URL.canParse(address) && new URL(address).href.startsWith(`${this.#base}/`);
    if (!isOwn) throw new ApiFailure(404, {});
    return address;
  }
}

async function readProblem(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return {};
  }
}
