import fc from 'fast-check';
import { ACCOUNT_AUDIENCE } from '../../../lib/scope/grammar.js';
import { hmac, NOW, part, resign, type Signer, type SigningKey, signingKey } from '../../support/tokens.js';
import { ALGORITHMS, type Alg, keys } from './differential-oracles.js';

type Member = readonly [name: string, json: string];
type Section = 'header' | 'payload';

/** By the key, with an algorithm that the header then names; not at all; by another key; or as the original was. */
type SignAs = Alg | 'HS256' | 'none' | 'stranger' | 'stale';

/** One change to a token, as plain data, so that a failing property prints it. Values are JSON text. */
export type Mutation =
  | { readonly set: Section; readonly name: string; readonly json: string }
  | { readonly leaveOut: Section; readonly name: string }
  | { readonly repeat: Section; readonly name: string; readonly json: string; readonly first: boolean }
  | { readonly prefix: Section; readonly text: string }
  | { readonly signAs: SignAs }
  | { readonly flipBit: number; readonly part: number }
  | { readonly respell: number }
  | { readonly insert: string; readonly at: number }
  | { readonly cut: number; readonly at: number }
  | { readonly parts: 'swapped' | 'doubled' | 'dropped'; readonly part: number };

/** What a token says, as a lenient reader takes it. */
export interface Subject {
  readonly token: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Some member stands twice, which nobody sees who has parsed it. */
  readonly repeated: boolean;
  /** The algorithm of the key that it was made for. */
  readonly key: Alg;
}

/** Changes what a good token says, signs it again, then changes the signed token. */
export function mutated(original: string, alg: Alg, mutations: readonly Mutation[]): Subject {
  const [head, body, signature] = original.split('.') as [string, string, string];
  const members = { header: membersOf(head), payload: membersOf(body) };
  const prefixes = { header: '', payload: '' };
  let signer: Signer = keys[alg];
  for (const mutation of mutations) {
    if ('set' in mutation) replace(members, mutation.set, mutation.name, mutation.json);
    else if ('leaveOut' in mutation) replace(members, mutation.leaveOut, mutation.name, undefined);
    else if ('repeat' in mutation) {
      const member: Member = [mutation.name, mutation.json];
      const others = members[mutation.repeat];
      members[mutation.repeat] = mutation.first ? [member, ...others] : [...others, member];
    } else if ('prefix' in mutation) prefixes[mutation.prefix] += mutation.text;
    else if ('signAs' in mutation) {
      signer = signerOf(mutation.signAs, alg, signature);
      if (!/^st/.test(mutation.signAs)) replace(members, 'header', 'alg', JSON.stringify(mutation.signAs));
    }
  }
  const text = (section: Section) => `${prefixes[section]}{${members[section].map(written).join()}}`;
  const signed = resign([part(text('header')), part(text('payload'))], signer);
  const token = mutations.reduce(changed, signed);
  const repeated = [members.header, members.payload].some(
    (all) => new Set(all.map(([name]) => name)).size < all.length,
  );
  return { ...subjectOf(token, alg), repeated };
}

/** A token that a library signed, with each member once. */
export function subjectOf(token: string, key: Alg): Subject {
  const [header, payload] = token.split('.').map(leniently);
  return { token, header: header ?? {}, payload: payload ?? {}, repeated: false, key };
}

function membersOf(encoded: string): readonly Member[] {
  return Object.entries(leniently(encoded)).map(([name, value]) => [name, JSON.stringify(value)]);
}

function leniently(encoded: string): Record<string, unknown> {
  try {
    return Object(
      JSON.parse(
        Buffer.from(encoded, 'base64url')
          .toString('utf8')
          .replace(/^\ufeff/, ''),
      ),
    );
  } catch {
    return {};
  }
}

function written([name, json]: Member): string {
  return `${JSON.stringify(name)}:${json}`;
}

function replace(members: Record<Section, readonly Member[]>, section: Section, name: string, json?: string): void {
  const others = members[section].filter(([other]) => other !== name);
  members[section] = json === undefined ? others : [...others, [name, json]];
}

/** Keys that no key set holds, and keys of the set used with an algorithm that is not theirs. */
const otherKeys = new Map<string, Signer>();

function otherKey(name: string, alg: Alg, pair?: SigningKey): Signer {
  const signer = otherKeys.get(`${name} ${alg}`) ?? signingKey(pair === undefined ? alg : name, alg, pair);
  otherKeys.set(`${name} ${alg}`, signer);
  return signer;
}

function signerOf(signAs: SignAs, alg: Alg, signature: string): Signer {
  if (signAs === 'none') return { sign: () => Buffer.alloc(0) };
  if (signAs === 'stale') return { sign: () => Buffer.from(signature, 'base64url') };
  if (signAs === 'HS256') return hmac(keys[alg].publicKey.export({ type: 'spki', format: 'pem' }) as string);
  if (signAs === 'stranger') return otherKey(signAs, alg);
  const usable = { rsa: /^[RP]S/, ec: /^ES/ }[keys[alg].privateKey.asymmetricKeyType as string];
  return usable?.test(signAs) ? otherKey(signAs, alg, keys[alg]) : keys[alg];
}

/** A signed token, changed as a text. */
function changed(token: string, mutation: Mutation): string {
  const parts = token.split('.');
  const edit = (index: number, change: (text: string) => string[]) =>
    parts.flatMap((text, i) => (i === index % parts.length ? change(text) : [text])).join('.');
  if ('flipBit' in mutation) {
    return edit(mutation.part, (text) => {
      const bytes = Buffer.from(text, 'base64url');
      const bit = mutation.flipBit % (bytes.length * 8 || 1);
      if (bytes.length > 0) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      return [bytes.toString('base64url')];
    });
  }
  if ('respell' in mutation) return edit(mutation.respell, (text) => [respelt(text)]);
  if ('insert' in mutation) {
    const at = mutation.at % (token.length + 1);
    return token.slice(0, at) + mutation.insert + token.slice(at);
  }
  if ('cut' in mutation) {
    const at = mutation.at % (token.length + 1);
    return token.slice(0, at) + token.slice(at + mutation.cut);
  }
  if ('parts' in mutation) {
    if (mutation.parts === 'swapped') return [...parts.slice(1), parts[0]].join('.');
    return edit(mutation.part, (text) => (mutation.parts === 'doubled' ? [text, text] : []));
  }
  return token;
}

/** The same bytes in another spelling, where the last character has bits to spare. */
function respelt(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (text.length % 4 < 2) return text;
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) as string) ^ 1];
}

const headerName = fc.constantFrom('alg', 'typ', 'kid', 'crit', 'b64', 'cty', 'zip', 'enc', 'jwk', 'jku', 'x5t', 'x');
const registered = ['iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'jti', 'client_id', 'scope'];
const marks = ['tok_type', 'token_use', 'typ', 'nonce', 'at_hash', 'events', 'htm', 'cnf', 'tenant', 'x'];
const claimName = fc.constantFrom(...registered, ...registered, ...marks);
const moment = fc.integer({ min: -8, max: 8 }).map((seconds) => NOW + seconds);
const json = fc.oneof(
  fc.constantFrom(
    'null',
    '1e400',
    '-1',
    '0',
    '""',
    '[]',
    '{}',
    'true',
    '"none"',
    '["exp"]',
    '"JWT"',
    '"at+jwt"',
    '"AT"',
  ),
  fc.constantFrom(...ALGORITHMS.map((alg) => JSON.stringify(alg)), JSON.stringify([ACCOUNT_AUDIENCE, 1])),
  moment.map(String),
  moment.map((seconds) => `${seconds}.5`),
  moment.map((seconds) => `"${seconds}"`),
  moment.map((seconds) => `${seconds}000`),
  fc.json({ maxDepth: 2 }),
);
const section = fc.constantFrom<Section>('header', 'payload');
const nat = fc.nat({ max: 5000 });

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ set: fc.constant('header' as const), name: headerName, json }) },
  { weight: 5, arbitrary: fc.record({ set: fc.constant('payload' as const), name: claimName, json }) },
  fc.record({ leaveOut: fc.constant('header' as const), name: headerName }),
  fc.record({ leaveOut: fc.constant('payload' as const), name: claimName }),
  fc.record({ repeat: fc.constant('header' as const), name: headerName, json, first: fc.boolean() }),
  fc.record({ repeat: fc.constant('payload' as const), name: claimName, json, first: fc.boolean() }),
  fc.record({ prefix: section, text: fc.constantFrom('\ufeff', ' ', '\n', '\u00a0', '[', '{}') }),
  fc.record({ signAs: fc.constantFrom<SignAs>(...ALGORITHMS, 'HS256', 'none', 'stranger', 'stale') }),
  fc.record({ flipBit: nat, part: fc.nat({ max: 2 }) }),
  fc.record({ respell: fc.nat({ max: 2 }) }),
  fc.record({ insert: fc.constantFrom('=', ' ', '\n', '.', 'A', '+', '/', '\0', 'é', '%41'), at: nat }),
  fc.record({ cut: fc.integer({ min: 1, max: 4 }), at: nat }),
  fc.record({ parts: fc.constantFrom('swapped', 'doubled', 'dropped'), part: fc.nat({ max: 2 }) }),
);
