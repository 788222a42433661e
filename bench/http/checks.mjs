import { OTHER_SCOPE } from '../common/tokens.mjs';
import { isGuarded } from '../common/variants.mjs';

/** A variant that lets the wrong requests through is not measured. */
export async function check(variant, url, issuer) {
  const good = issuer.token();
  const altered = `${good.slice(0, -10)}${good.at(-10) === 'A' ? 'B' : 'A'}${good.slice(-9)}`;
  const right = [
    ['a good token', good, 200],
    ['the same again', good, 200],
  ];
  const wrong = [
    ['no token', undefined, 401],
    ['a token without the scope', issuer.token({ scope: OTHER_SCOPE }), 403],
    ['an expired token', issuer.expired(), 401],
    ['a token for another audience', issuer.token({ aud: 'https://other.example' }), 401],
    ['a token of another issuer', issuer.token({ iss: 'https://other.example' }), 401],
    ['an altered token', altered, 401],
  ];
  for (const [title, token, expected] of isGuarded(variant) ? [...right, ...wrong] : right) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status } = await fetch(url, { headers });
    if (status !== expected) throw new Error(`${variant} responds to ${title} with ${status}; expected ${expected}`);
  }
}
