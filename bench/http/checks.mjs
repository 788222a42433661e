import { OTHER_SCOPE } from '../common/tokens.mjs';

/** A variant that lets the wrong requests through is not measured. */
export async function check(variant, url, issuer) {
  const good = issuer.token();
  const altered = `${good.slice(0, -10)}${good.at(-10) === 'A' ? 'B' : 'A'}${good.slice(-9)}`;
  const cases = [
    ['a good token', good, 200],
    ['the same again', good, 200],
    ['no token', undefined, 401],
    ['a token without the scope', issuer.token({ scope: OTHER_SCOPE }), 403],
    ['an expired token', issuer.expired(), 401],
    ['a token for another audience', issuer.token({ aud: 'https://other.example' }), 401],
    ['a token of another issuer', issuer.token({ iss: 'https://other.example' }), 401],
    ['an altered token', altered, 401],
  ];
  for (const [title, token, expected] of cases) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status } = await fetch(url, { headers });
    const right = variant === 'bare' ? 200 : expected;
    if (status !== right) throw new Error(`${variant} answers ${title} with ${status}; expected ${right}`);
  }
}
