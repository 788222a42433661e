import { unusableResponse } from '../../../lib/token/keys/bounded-fetch.js';

const URL = 'https://issuer.example/jwks';

test('a response that is of no use names its address, its status, and what caused it', () => {
  const cause = new Error('reset');
  const error = unusableResponse(URL, 'broke off its response', cause);
  expect(error).toMatchObject({ message: `${URL} broke off its response.`, status: 200, cause });
});

test('a response without a cause has no such member', () => {
  expect('cause' in unusableResponse(URL, 'answered 200, but not with JSON')).toBe(false);
});
