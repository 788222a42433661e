import { CONSUMER, deep } from './cases.js';

/** A scope-token under `urn:opc:resource:consumer`, and how it is read. */
export interface HierarchicalCase {
  readonly token: string;
  readonly segments: readonly string[];
  readonly qualifier: string;
}

export const HIERARCHICAL_CASES: readonly HierarchicalCase[] = [
  { token: `${CONSUMER}::all`, segments: [], qualifier: 'all' },
  { token: `${CONSUMER}::read`, segments: [], qualifier: 'read' },
  { token: `${CONSUMER}:paas::read`, segments: ['paas'], qualifier: 'read' },
  { token: `${CONSUMER}:paas:stack::all`, segments: ['paas', 'stack'], qualifier: 'all' },
  { token: `${CONSUMER}:paas:analytics::read`, segments: ['paas', 'analytics'], qualifier: 'read' },
  { token: `${CONSUMER}:a:a:a::a`, segments: ['a', 'a', 'a'], qualifier: 'a' },
  { token: `${CONSUMER}:paas::0f3c9a1e5b7d4c2f`, segments: ['paas'], qualifier: '0f3c9a1e5b7d4c2f' },
  { token: `${CONSUMER}:PaaS::ALL`, segments: ['PaaS'], qualifier: 'ALL' },
  { token: `${CONSUMER}:*::**`, segments: ['*'], qualifier: '**' },
  { token: `${CONSUMER}:pa%61s::%72ead`, segments: ['pa%61s'], qualifier: '%72ead' },
  { token: `${CONSUMER}:!#[]~::'{}|/`, segments: ['!#[]~'], qualifier: "'{}|/" },
  { token: `${CONSUMER}:consumer::urn`, segments: ['consumer'], qualifier: 'urn' },
  { token: deep(32), segments: Array<string>(32).fill('a'), qualifier: 'read' },
];

export const OPAQUE_TOKENS: readonly { readonly token: string; readonly why: string }[] = [
  { token: 'openid', why: 'a word' },
  { token: 'urn:opc:idm:__myscopes__', why: 'the scope of the admin APIs' },
  { token: 'urn:opc:resource:expiry=3600', why: 'a reserved scope' },
  { token: `${CONSUMER}x::all`, why: 'a namespace that begins alike' },
  { token: 'urn:opc:resource:consume::all', why: 'a namespace cut short' },
  { token: `${CONSUMER.toUpperCase()}::all`, why: 'a namespace in capitals' },
  { token: `https://rs.example/${CONSUMER}::all`, why: 'a fully qualified scope' },
  { token: `${CONSUMER}`, why: 'the bare namespace' },
  { token: `${CONSUMER}:`, why: 'a namespace with a colon' },
  { token: `${CONSUMER}::`, why: 'a root with an empty qualifier' },
  { token: `${CONSUMER}:paas`, why: 'no qualifier' },
  { token: `${CONSUMER}:paas:read`, why: 'one colon where two belong' },
  { token: `${CONSUMER}:paas::`, why: 'an empty qualifier' },
  { token: `${CONSUMER}:paas::read:`, why: 'a colon after the qualifier' },
  { token: `${CONSUMER}:::read`, why: 'an empty segment alone' },
  { token: `${CONSUMER}:paas:::read`, why: 'an empty segment at the end' },
  { token: `${CONSUMER}::paas::read`, why: 'an empty segment at the beginning' },
  { token: `${CONSUMER}:paas::stack::read`, why: 'an empty segment in the middle' },
  { token: `${CONSUMER}:paas::read::all`, why: 'two qualifiers' },
  { token: deep(33), why: 'thirty-three segments' },
];

/** What RFC 6749 §3.3 does not allow in a scope-token. */
export const ILLEGAL_TOKENS: readonly { readonly token: string; readonly why: string }[] = [
  { token: '', why: 'an empty string' },
  { token: ' ', why: 'a space alone' },
  { token: `${CONSUMER}:paas analytics::read`, why: 'a space inside' },
  { token: ` ${CONSUMER}::all`, why: 'a space before' },
  { token: `${CONSUMER}::all `, why: 'a space after' },
  { token: `${CONSUMER}:"paas"::read`, why: 'a quotation mark' },
  { token: `${CONSUMER}:paas\\analytics::read`, why: 'a backslash' },
  { token: `${CONSUMER}::all\t`, why: 'a tab' },
  { token: `${CONSUMER}::all\n`, why: 'a line feed at the end' },
  { token: `read\r\nSet-Cookie:a=b`, why: 'a line break inside' },
  { token: `${CONSUMER}::all\0`, why: 'a NUL' },
  { token: `${CONSUMER}::all\x7f`, why: 'a DEL' },
  { token: `${CONSUMER}:caf\u00e9::read`, why: 'a letter with an accent' },
  { token: `${CONSUMER}:p\u0430\u0430s::read`, why: 'Cyrillic letters that look Latin' },
  { token: `${CONSUMER}\ua789\ua789all`, why: 'colons that are letters' },
  { token: `${CONSUMER}::all\u200b`, why: 'a space of no width' },
  { token: `\ufeff${CONSUMER}::all`, why: 'a byte order mark' },
  { token: `${CONSUMER}:paas\u00a0::read`, why: 'a space that does not break' },
  { token: '\ud800', why: 'half a surrogate pair' },
];

export const NOT_STRINGS: readonly { readonly value: unknown; readonly type: string }[] = [
  { value: undefined, type: 'undefined' },
  { value: null, type: 'object' },
  { value: 7, type: 'number' },
  { value: true, type: 'boolean' },
  { value: ['read'], type: 'object' },
  { value: new String('read'), type: 'object' },
  { value: Symbol('read'), type: 'symbol' },
  { value: { toString: () => 'read' }, type: 'object' },
];
