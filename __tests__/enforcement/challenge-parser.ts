/**
 * A strict reader of `WWW-Authenticate`, written from the grammar and not from the code under test.
 *
 * WWW-Authenticate = challenge *( ", " challenge )          RFC 9110 §11.6.1, with the one white space that we write
 * challenge        = scheme SP auth-param *( ", " auth-param )
 * auth-param       = name "=" DQUOTE value DQUOTE
 */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

/** %x20-21 / %x23-5B / %x5D-7E: RFC 6750 §3; for `scope` without the doubled, leading or trailing space. */
const TEXT = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/;
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/** @throws {Error} for whatever the grammar does not allow, and for a parameter that comes twice (RFC 6750 §3) */
export function parseChallenges(value: string | undefined): Challenge[] {
  const header = value ?? '';
  const challenges: Challenge[] = [];
  let at = 0;

  function fail(expectation: string): never {
    throw new Error(`${expectation} expected at ${at} of ${JSON.stringify(header)}`);
  }
  function token(expectation: string): string {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(header)?.[0] ?? fail(expectation);
    at += found.length;
    return found;
  }
  function literal(text: string): void {
    if (!header.startsWith(text, at)) fail(JSON.stringify(text));
    at += text.length;
  }
  function parameter(name: string, into: Record<string, string>): void {
    literal('="');
    const end = header.indexOf('"', at);
    if (end === -1) fail('a closing quote');
    const value = header.slice(at, end);
    at = end + 1;
    if (!(name === 'scope' ? SCOPE : TEXT).test(value)) fail(`the characters of ${name}`);
    if (Object.hasOwn(into, name)) fail(`${name} once only`);
    into[name] = value;
  }

  let name = token('a scheme');
  while (true) {
    const parameters: Record<string, string> = {};
    challenges.push({ scheme: name, parameters });
    literal(' ');
    name = token('a parameter');
    parameter(name, parameters);
    let isNextScheme = false;
    while (at < header.length && !isNextScheme) {
      literal(', ');
      name = token('a parameter or a scheme');
      isNextScheme = header[at] === ' ';
      if (!isNextScheme) parameter(name, parameters);
    }
    if (!isNextScheme) return challenges;
  }
}
