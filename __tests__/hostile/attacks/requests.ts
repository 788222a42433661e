import { type Attack, type Extras, saying, withLines, withValues } from '../attack.js';
import { good } from '../valid-tokens.js';

const token = good.rs256;
const bearer = `Bearer ${token}`;
const authorized = `Authorization: ${bearer}`;
const bad = `Authorization: Bearer ${saying({ exp: 1 })}`;

/** RFC 6750 §2, RFC 9110 §5.3 */
export const repeatedHeaders: readonly Attack[] = [
  ...withLines('credentials_repeated', [
    ['the same token in two headers', [authorized, authorized]],
    ['the same token in ten headers', Array.from({ length: 10 }, () => authorized)],
    ['a bad token, then a good one', [bad, authorized]],
    ['a good token, then a bad one', [authorized, bad]],
    ['names in other letter case', [authorized, bad.replace('Authorization', 'aUTHORIZATION')]],
    ['an empty header, then a token', ['Authorization:', authorized]],
    ['a token, then an empty header', [authorized, 'Authorization: ']],
    ['two empty headers', ['Authorization:', 'Authorization:']],
    ['another scheme, then a token', ['Authorization: Basic dXNlcjpwYXNzd29yZA==', authorized]],
    ['a token, then another scheme', [authorized, 'Authorization: Basic dXNlcjpwYXNzd29yZA==']],
    ['two tokens of which no one is good', [bad, bad]],
    ['two tokens with other headers between', [authorized, 'Accept: */*', 'X-A: 1', bad]],
    ['a token in the query, too', [authorized], { start: `GET /?access_token=${token} HTTP/1.1` }],
    ['a token in the query by an encoded name', [authorized], { start: 'GET /?%61ccess%5ftoken=x HTTP/1.1' }],
    ['an empty token in the query', [authorized], { start: 'GET /?a=1&access_token HTTP/1.1' }],
    [
      'a token in the query of an absolute address',
      [authorized],
      { start: 'GET http://api.example/?access_token=x HTTP/1.1' },
    ],
    ['a token in the form, too', [authorized, ...formOf(`access_token=${token}`)], posted(`access_token=${token}`)],
    [
      'two tokens in the form',
      [authorized, ...formOf('access_token=x&access_token=y')],
      posted('access_token=x&access_token=y'),
    ],
  ]),
  ...withValues('credentials_malformed', [
    ['two credentials in one header', `${bearer}, ${bearer}`],
    ['two credentials in one header, without a space', `${bearer},${bearer}`],
    ['two tokens in one header', `${bearer} ${token}`],
    ['a comma behind the token', `${bearer},`],
    ['a comma before the scheme', `, ${bearer}`],
    ['a semicolon behind the token', `${bearer};`],
    ['Basic behind Bearer in one header', `${bearer}, Basic dXNlcjpwYXNzd29yZA==`],
  ]),
  ...withValues('scheme_not_supported', [
    ['Basic before Bearer in one header', `Basic dXNlcjpwYXNzd29yZA==, ${bearer}`],
  ]),
];

function formOf(body: string): string[] {
  return ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
}

function posted(body: string): Extras {
  return { start: 'POST / HTTP/1.1', body };
}

function chunked(...chunks: string[]): string {
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n`;
}

const json = JSON.stringify({ access_token: token, token });
const hidden = `GET /any HTTP/1.1\r\nHost: api.example\r\n${authorized}\r\n\r\n`;

/** RFC 6750 §2.1 is the only way; what stands elsewhere is no token. */
export const elsewhere: readonly Attack[] = withLines('no_credentials', [
  ['no token', []],
  ['an empty header', ['Authorization:']],
  ['a header of white space', ['Authorization: \t  ']],
  ['a token in the query', [], { start: `GET /?access_token=${token} HTTP/1.1` }],
  [
    'a token in the query by other names',
    [],
    { start: `GET /?token=${token}&bearer=${token}&authorization=${token} HTTP/1.1` },
  ],
  ['a token in the query without a name', [], { start: `GET /?/Bearer/${token} HTTP/1.1` }],
  ['a token as user name of the address', [], { start: `GET http://${token}@api.example/ HTTP/1.1` }],
  ['a token in the form', formOf(`access_token=${token}`), posted(`access_token=${token}`)],
  ['a token in a body of JSON', ['Content-Type: application/json', `Content-Length: ${json.length}`], posted(json)],
  ['a token in a body that came to a GET', formOf(`access_token=${token}`), { body: `access_token=${token}` }],
  ['a token in a cookie', [`Cookie: access_token=${token}; Authorization=${bearer}`]],
  [
    'a token in other headers',
    [
      'Proxy-Authorization',
      'X-Authorization',
      'Authentication',
      'Authorization2',
      'X-Forwarded-Authorization',
      'Authorization_',
    ].map((name) => `${name}: ${bearer}`),
  ],
  [
    'a token in headers of Microsoft’s, Amazon’s and Google’s',
    [
      `X-MS-TOKEN-AAD-ACCESS-TOKEN: ${token}`,
      `x-amzn-oidc-accesstoken: ${token}`,
      `X-Goog-IAP-JWT-Assertion: ${token}`,
    ],
  ],
  [
    'a claim to be somebody',
    ['X-User: admin', 'X-Forwarded-User: admin', 'X-Auth: {"scopes":["*"]}', 'Remote-User: admin'],
  ],
  ['a token in a WebSocket’s subprotocol', [`Sec-WebSocket-Protocol: bearer, ${token}`]],
  [
    'a token in a trailer',
    ['Transfer-Encoding: chunked', 'Trailer: Authorization'],
    { start: 'POST / HTTP/1.1', body: `${chunked('a=1')}${authorized}\r\n\r\n` },
  ],
  ['a token in a request within the body', [`Content-Length: ${hidden.length}`], posted(hidden)],
  [
    'a token in a request within a chunk',
    ['Transfer-Encoding: chunked'],
    { start: 'POST / HTTP/1.1', body: `${chunked(hidden)}\r\n` },
  ],
  ['a method that is to be another', ['X-HTTP-Method-Override: OPTIONS'], { start: 'DELETE / HTTP/1.1' }],
  [
    'the way of a preflight',
    ['Origin: https://evil.example', 'Access-Control-Request-Method: GET'],
    { start: 'OPTIONS /any HTTP/1.1' },
  ],
  ['a request for an answer before the body', ['Expect: 100-continue', 'Content-Length: 3'], posted('a=1')],
  ['HTTP/1.0', ['Connection: close'], { start: 'GET / HTTP/1.0' }],
  ['TRACE', [], { start: 'TRACE /any HTTP/1.1' }],
]).concat(
  withLines('scheme_not_supported', [
    [
      'a token in an optional route by another scheme',
      [`Authorization: Token ${token}`],
      { start: 'GET /optional HTTP/1.1' },
    ],
  ]),
);
