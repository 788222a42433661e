import { type Attack, type ValueCase, withLines, withValues } from '../attack.js';
import { good } from '../valid-tokens.js';

const token = good.rs256;
const bearer = `Bearer ${token}`;
const stopped = { parser: 400 } as const;

const SCHEMES = [
  'Basic',
  'basic',
  'Digest',
  'Negotiate',
  'NTLM',
  'HOBA',
  'Mutual',
  'AWS4-HMAC-SHA256',
  'GNAP',
  'PoP',
  'MAC',
  'OAuth',
  'Token',
  'JWT',
  'SSWS',
  'Bearerx',
  'xBearer',
  'Bear',
  'Be',
  '__proto__',
  'constructor',
];

/** RFC 9110 §11.4 */
export const schemes: readonly Attack[] = [
  ...withValues('scheme_not_supported', [
    ...SCHEMES.map((scheme): ValueCase => [`the scheme ${scheme}`, `${scheme} ${token}`]),
    ['a control character in the scheme', `Bear\x01er ${token}`, stopped],
    ['a look-alike letter in the scheme', `B\xd0\xb5arer ${token}`],
    ['a token without a scheme', token],
    ['the scheme Basic alone', 'Basic'],
    ['a user and a token as password', `Basic ${Buffer.from(`bearer:${token}`).toString('base64')}`],
  ]),
  ...['DPoP', 'dpop', 'DPOP'].map(
    (scheme): Attack => ({
      name: `the scheme ${scheme} without a proof`,
      lines: [`Authorization: ${scheme} ${token}`],
      reason: 'scheme_not_supported',
      at: { senderConstrainedVerifier: 'dpop_proof_invalid', bearerAuthVerifier: 'token_rejected' },
    }),
  ),
  ...['x', token, `${token}, ${token}`, 'a.b.c', '{}', '"'].map(
    (proof): Attack => ({
      name: `Bearer, and a DPoP header of ${JSON.stringify(proof.slice(0, 12))}`,
      lines: [`Authorization: ${bearer}`, `DPoP: ${proof}`],
      reason: 'token_malformed',
      at: {
        remembering: null,
        forgetful: null,
        senderConstrainedVerifier: 'sender_constrained',
        bearerAuthVerifier: 'token_rejected',
      },
    }),
  ),
];

/** RFC 6750 §2.1: `Bearer`, spaces, token. */
export const malformed: readonly Attack[] = [
  ...withValues('credentials_malformed', [
    ['the scheme alone', 'Bearer'],
    ['the scheme and a space', 'Bearer '],
    ['the scheme twice', `Bearer ${bearer}`],
    ['the scheme twice, without the token', 'Bearer Bearer Bearer'],
    ['a tab', `Bearer\t${token}`],
    ['a space and a tab', `Bearer \t${token}`],
    ['a no-break space', `Bearer\xa0${token}`],
    ['a colon', `Bearer: ${token}`],
    ['an equals sign', `Bearer=${token}`],
    ['a comma', `Bearer,${token}`],
    ['a slash', `Bearer/${token}`],
    ['a token in quotation marks', `Bearer "${token}"`],
    ['a token in single quotation marks', `Bearer '${token}'`],
    ['a token in angle brackets', `Bearer <${token}>`],
    ['a token in braces', `Bearer {${token}}`],
    ['a token as parameter', `Bearer token="${token}"`],
    ['a token as parameter, unquoted', `Bearer access_token=${token}`],
    ['a token and a parameter', `${bearer}, realm="api"`],
    ['everything in quotation marks', `"${bearer}"`],
    ['the scheme in quotation marks', `"Bearer" ${token}`],
    ['a byte order mark before the scheme', `\xef\xbb\xbf${bearer}`],
    ['a letter beyond ASCII before the scheme', `\xff${bearer}`],
    ['a no-break space behind the token', `${bearer}\xa0`],
    ['bytes beyond ASCII', `Bearer ${'\xc3\xa9'.repeat(50)}`],
    ['escape sequences', `Bearer %0d%0aX-Injected:%201`],
    ['line breaks, written as JSON does', `${bearer}\\r\\nX-Injected: 1`],
    ['a script', 'Bearer <script>alert(document.domain)</script>'],
    ['a parameter for the challenge', 'Bearer x", error="none", scope="everything-there-is'],
    ['equals signs alone', 'Bearer ===='],
    ['an equals sign in the middle', 'Bearer abc=def'],
    ['a NUL', `Bearer ${token.slice(0, 20)}\0${token.slice(20)}`, stopped],
    ['a NUL behind the token', `${bearer}\0`, stopped],
    ['an escape character', `Bearer \x1b[2J${token}`, stopped],
    ['a token on two lines', `Bearer ${token.slice(0, 40)}\r\n\t${token.slice(40)}`, stopped],
    ['a hundred thousand spaces', `Bearer x${' '.repeat(100_000)}x`, { parser: 431 }],
    ['a hundred thousand equals signs', `Bearer x${'='.repeat(100_000)}x`, { parser: 431 }],
    ['pairs of letters and equals signs', `Bearer ${'=a'.repeat(100_000)}`, { parser: 431 }],
  ]),
  ...withValues('token_malformed', [
    ['a token as long as Node reads', `Bearer ${'a'.repeat(15_000)}`],
    ['a token that is longer than Node reads', `Bearer ${'a'.repeat(16_500)}`, { parser: 431 }],
    ['a token in percent encoding', `Bearer ${token.replaceAll('.', '~2E')}`],
    ['a million letters', `Bearer ${'a'.repeat(1_000_000)}`, { parser: 431 }],
  ]),
  ...withLines('credentials_repeated', [
    ['a line feed that ends a header', [`Authorization: Bearer x\nAuthorization: ${bearer}`], stopped],
  ]),
  ...withLines('credentials_malformed', [
    ['a hundred headers beside', [...Array.from({ length: 100 }, (_, i) => `X-${i}: ${i}`), 'Authorization: Bearer']],
  ]),
];
