import { insist, isListOf, isText } from '../options.js';
import { parseEndpointUrl } from '../token/keys/endpoint-url.js';

/**
 * Members of the document beside `resource`, `authorization_servers` and `scopes_supported`, under the names of RFC 9728 §2.
 * `resource_name`, `resource_documentation`, `resource_policy_uri` and `resource_tos_uri` may have one value per language:
 * `'resource_name#de'`.
 */
export interface ResourceMetadataMembers {
  /** How a token may be sent. Default `['header']`: a gate reads the `Authorization` header only. */
  readonly bearer_methods_supported?: readonly string[];
  /** For people. */
  readonly resource_name?: string;
  readonly resource_documentation?: string;
  readonly resource_policy_uri?: string;
  readonly resource_tos_uri?: string;
  /** The keys of the resource, for responses that it signs; not those of the authorization server. */
  readonly jwks_uri?: string;
  readonly resource_signing_alg_values_supported?: readonly string[];
  readonly authorization_details_types_supported?: readonly string[];
  readonly tls_client_certificate_bound_access_tokens?: boolean;
  readonly dpop_signing_alg_values_supported?: readonly string[];
  /** Whether only DPoP-bound tokens are accepted. */
  readonly dpop_bound_access_tokens_required?: boolean;
  /** The metadata as claims of a signed JWT; its `iss` names the signer (§2.2). Not verified here. */
  readonly signed_metadata?: string;
  /** Members of other specifications, as JSON has them. */
  readonly [member: string]: unknown;
}

/** What a member must be. */
type Rule = readonly [holds: (value: unknown) => boolean, expectation: string];

const text: Rule = [isText, 'a string'];
const flag: Rule = [(value) => typeof value === 'boolean', 'true or false'];
const list: Rule = [(value) => isListOf(value, isText), 'a list of strings, with at least one'];
const url: Rule = [(value) => parseEndpointUrl(value, false).ok, 'an https URL'];
const algorithms: Rule = [
  (value) => isListOf(value, isText) && !value.includes('none'),
  "a list of algorithms, without 'none'",
];
const BEARER_METHODS: readonly unknown[] = ['header', 'body', 'query'];
const methods: Rule = [
  (value) => Array.isArray(value) && value.every((each) => BEARER_METHODS.includes(each)),
  "a list of 'header', 'body' and 'query'",
];

const RULES: Readonly<Record<string, Rule>> = {
  bearer_methods_supported: methods,
  resource_name: text,
  resource_documentation: url,
  resource_policy_uri: url,
  resource_tos_uri: url,
  jwks_uri: url,
  resource_signing_alg_values_supported: algorithms,
  authorization_details_types_supported: list,
  tls_client_certificate_bound_access_tokens: flag,
  dpop_signing_alg_values_supported: algorithms,
  dpop_bound_access_tokens_required: flag,
  signed_metadata: text,
};

const OF_LANGUAGES = ['resource_name', 'resource_documentation', 'resource_policy_uri', 'resource_tos_uri'];

/** Members that are options of their own. */
const OPTIONS: Readonly<Record<string, string>> = {
  resource: 'resource',
  authorization_servers: 'authorizationServers',
  scopes_supported: 'scopes',
};

/**
 * Checks the members that RFC 9728 §2 defines. Others pass as they are.
 *
 * @throws {TypeError} for a member with a wrong value, and for one that is an option
 */
export function checkMembers(creator: string, members: ResourceMetadataMembers): void {
  const isObject = typeof members === 'object' && members !== null && !Array.isArray(members);
  insist(isObject, creator, 'members', 'an object with the names of RFC 9728 §2', members);
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (option !== undefined) throw new TypeError(`${creator}: the member ${name} is the option "${option}".`);
    const [, base = name] = /^(.+?)#./.exec(name) ?? [];
    const known = base === name || OF_LANGUAGES.includes(base) ? base : name;
    const [holds, expectation] = Object.hasOwn(RULES, known) ? (RULES[known] as Rule) : [isPresent, 'a value of JSON'];
    insist(holds(value), creator, `members.${name}`, expectation, value);
  }
}

/** What JSON.stringify would leave out is a mistake. */
function isPresent(value: unknown): boolean {
  return value !== null && JSON.stringify(value) !== undefined;
}
