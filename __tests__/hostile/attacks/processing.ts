import { constants, createCipheriv, createHash, publicEncrypt } from 'node:crypto';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { forge, part, resign } from '../../support/tokens.js';
import { goodClaims, headed, partsOf, type TokenCase, withTokens } from '../attack.js';
import { header, rs256, stranger } from '../keys.js';
import { good } from '../valid-tokens.js';

const MEMBERS: readonly (readonly [string, object])[] = [
  ...[[], ['exp'], ['alg'], ['b64'], ['kid', 'kid'], [''], [1], 'b64', null, {}, true, 0, ''].map(
    (crit) => [`crit ${JSON.stringify(crit)}`, { crit }] as const,
  ),
  [
    'crit with a member that is there',
    { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': true },
  ],
  ['crit with b64', { crit: ['b64'], b64: false }],
  ['crit in the prototype’s name', { crit: ['__proto__', 'constructor', 'toString'] }],
  ...[false, true, null, 'false'].map((b64) => [`b64 ${JSON.stringify(b64)}`, { b64 }] as const),
  ...['DEF', 'GZ', 'def', '', null, true].map((zip) => [`zip ${JSON.stringify(zip)}`, { zip }] as const),
  ...['A256GCM', '', null].map((enc) => [`enc ${JSON.stringify(enc)}`, { enc }] as const),
  ...['JWT', 'jwt', 'application/jwt', 'JSON', '', null].map((cty) => [`cty ${JSON.stringify(cty)}`, { cty }] as const),
];

const json = JSON.stringify(goodClaims());
const [goodHeader, goodPayload, goodSignature] = partsOf(good.rs256);

/** A signature over the payload as it is and not over its base64url (RFC 7797 §3). */
function unencoded(): string {
  const head = part({ ...header, b64: false, crit: ['b64'] });
  return `${head}.${goodPayload}.${part(rs256.sign(Buffer.from(`${head}.${json}`)))}`;
}

/** A JWE (RFC 7516 §3.1) for whoever has the private key to this public one. */
function encrypted(plaintext: string, key: typeof rs256): string {
  const head = part({ alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'JWT' });
  const [secret, iv] = [createHash('sha256').update(plaintext).digest(), Buffer.alloc(12)];
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(head));
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const wrapped = publicEncrypt({ key: key.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, secret);
  return [head, ...[wrapped, iv, text, cipher.getAuthTag()].map((bytes) => part(bytes))].join('.');
}

const flattened = { protected: goodHeader, payload: goodPayload, signature: goodSignature };
const general = { payload: goodPayload, signatures: [{ protected: goodHeader, signature: goodSignature }] };
const deflated = (text: string | Buffer) =>
  resign([part({ ...header, zip: 'DEF' }), part(deflateRawSync(text))], rs256);

/** RFC 8725 §3.11, §3.12; RFC 7515 §4.1.11, §7.2; RFC 7516; RFC 7797. */
export const processing = withTokens([
  ...MEMBERS.flatMap(([name, members]): TokenCase[] => [
    [name, headed({ ...header, ...members }), 'header_unsupported'],
    [`${name}, signed by a stranger`, headed({ ...header, ...members }, stranger), 'header_unsupported'],
  ]),
  ['crit twice', headed('{"alg":"RS256","kid":"rsa","crit":["exp"],"crit":[]}'), 'token_malformed'],
  ['b64 false, and a signature over the unencoded payload', unencoded(), 'header_unsupported'],
  [
    'b64 false, and a payload of JSON',
    `${part({ ...header, b64: false, crit: ['b64'] })}.${json}.${goodSignature}`,
    'credentials_malformed',
  ],
  ['a detached payload', `${goodHeader}..${goodSignature}`, 'token_malformed'],
  ['an encrypted token', encrypted(good.rs256, rs256), 'token_malformed'],
  [
    'an encrypted token with three parts',
    encrypted(good.rs256, rs256).split('.').slice(0, 3).join('.'),
    'token_malformed',
  ],
  ['five parts of a signed token', `${good.rs256}.${goodPayload}.${goodSignature}`, 'token_malformed'],
  ['a token within a token', forge({ ...header, cty: 'JWT' }, good.rs256, rs256), 'token_malformed'],
  [
    'a token within a token, as JSON text',
    forge({ ...header, cty: 'JWT' }, JSON.stringify(good.rs256), rs256),
    'token_malformed',
  ],
  ['a token within a token, without cty', forge(header, good.rs256, rs256), 'token_malformed'],
  ['a token within a claim', forge(header, { jwt: good.rs256 }, stranger), 'claim_missing'],
  ['a token as its own header', resign([goodPayload, goodPayload], rs256), 'algorithm_not_allowed'],
  ['a compressed payload', deflated(json), 'token_malformed'],
  ['a compressed payload, without zip', resign([part(header), part(deflateRawSync(json))], rs256), 'token_malformed'],
  ['a payload in gzip', resign([part({ ...header, zip: 'GZ' }), part(gzipSync(json))], rs256), 'token_malformed'],
  ['a payload of 32 MiB, compressed', deflated(Buffer.alloc(2 ** 25, ' ')), 'token_malformed', { parser: 431 }],
  ['the flattened JSON form', JSON.stringify(flattened), 'credentials_malformed'],
  ['the general JSON form', JSON.stringify(general), 'credentials_malformed'],
  ['the flattened JSON form in base64url', part(flattened), 'token_malformed'],
]);
