import { ACCOUNT_AUDIENCE, CONSUMER_ALL } from 'scopegate';
import type { Application, ApplicationPath, GrantStore, Resource } from 'scopegate/admin';
import { covers } from '../../lib/scope/covers.js';

/**
 * What live grants are compared with: after each change, all that the database says is read by the admin API's own
 * methods, and the rules are applied scope by scope. Nothing is kept between two changes.
 */

/** A token, as far as grants go. */
export interface Claims {
  readonly iat?: number | undefined;
  readonly sub?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
}

/** What the store does not tell by its reads: the revocations that it acknowledged, in milliseconds. */
export interface Revoked {
  everything: number;
  readonly subjects: Map<string, number>;
}

/** A granted scope, with the dates of the grant and its own. */
interface DatedScope {
  readonly resource: Resource;
  readonly scope: string;
  readonly begins: readonly string[];
  readonly ends: readonly string[];
}

/** Where an application stands. */
export interface Stand {
  readonly state: 'enabled' | 'disabled' | 'gone';
  readonly trustScope: Application['trustScope'];
  readonly allowedTags: Application['allowedTags'];
  /** Those that have not begun, and have ended, included. */
  readonly grants: readonly DatedScope[];
  /** The custom resources of the environment, with the scopes that they define. */
  readonly resources: readonly { readonly resource: Resource; readonly scopes: readonly string[] }[];
  readonly everything: number;
  readonly subjects: ReadonlyMap<string, number>;
}

export async function standOf(store: GrantStore, at: ApplicationPath, revoked: Revoked): Promise<Stand> {
  const application = await store.applications.get(at);
  const none = { allowedTags: [], grants: [], resources: [], everything: 0, subjects: new Map() };
  if (application === undefined) return { state: 'gone', trustScope: 'Explicit', ...none };
  const all = (await store.resources.list(at, { limit: 100 }))?.items ?? [];
  const custom = all.filter(({ type }) => type === 'CUSTOM');
  const resources = await Promise.all(
    custom.map(async (resource) => {
      const scopes = await store.scopes.list({ ...at, resourceId: resource.id }, { limit: 100 });
      return { resource, scopes: (scopes?.items ?? []).map(({ name }) => name) };
    }),
  );
  const granted = (await store.grants.list(at, { limit: 100 }))?.items ?? [];
  return {
    state: application.enabled ? 'enabled' : 'disabled',
    trustScope: application.trustScope,
    allowedTags: application.allowedTags,
    grants: granted.flatMap((grant) => {
      const resource = all.find(({ id }) => id === grant.resourceId) as Resource;
      return grant.scopes.map((scope) => ({
        resource,
        scope: scope.name,
        begins: [grant.notBefore, scope.notBefore].flatMap((date) => date ?? []),
        ends: [grant.expiresAt, scope.expiresAt].flatMap((date) => date ?? []),
      }));
    }),
    resources,
    everything: revoked.everything,
    subjects: new Map(revoked.subjects),
  };
}

/** The audience of tokens for these tags, as issuers write it. */
export function tagAudienceOf(...values: readonly string[]): string {
  const tags = values.map((value) => ({ key: 'color', value }));
  return `urn:opc:resource:scope:tag=${Buffer.from(JSON.stringify({ tags })).toString('base64')}`;
}

const audiencesOf = ({ audience, secondaryAudiences }: Resource) => [audience, ...secondaryAudiences];
const isHierarchical = (scope: string) => scope.startsWith('urn:opc:resource:consumer:');
const hasTag = ({ tags }: Resource, { allowedTags }: Stand) =>
  tags.some((tag) => allowedTags.some(({ key, value }) => key === tag.key && value === tag.value));

/** The scopes that count for one audience, straight from the table in the documentation. */
function countedFor(stand: Stand, audience: string): readonly string[] {
  const { trustScope, grants, resources, allowedTags } = stand;
  const all = grants.map(({ scope }) => scope);
  if (audience === ACCOUNT_AUDIENCE) return trustScope === 'Account' ? all : [];
  if (audience.startsWith('urn:opc:resource:scope:tag=')) {
    const needed = ['green', 'blue'].filter((value) => !allowedTags.some((tag) => tag.value === value));
    const names = [tagAudienceOf('green'), tagAudienceOf('blue'), tagAudienceOf('green', 'blue')];
    const isAllowed = [['green'], ['blue'], ['green', 'blue']].some(
      (values, i) => names[i] === audience && values.every((value) => !needed.includes(value)),
    );
    return trustScope === 'Tags' && isAllowed ? all : [];
  }
  const own = grants.filter(({ resource }) => audiencesOf(resource).includes(audience)).map(({ scope }) => scope);
  const here = resources.filter(({ resource }) => audiencesOf(resource).includes(audience));
  const trusted = here.filter(
    ({ resource }) => trustScope === 'Account' || (trustScope === 'Tags' && hasTag(resource, stand)),
  );
  const wide = trustScope === 'Account' || trusted.length > 0 ? all.filter(isHierarchical) : [];
  const defined = all.includes(CONSUMER_ALL) ? trusted.flatMap(({ scopes }) => scopes) : [];
  return [...own, ...wide, ...defined];
}

/** The scopes that count for a token; `undefined` where a token for several resources has one that none of them grants. */
function countedForToken(stand: Stand, aud: Claims['aud'], held: readonly string[]): readonly string[] | undefined {
  if (aud === undefined) return stand.grants.map(({ scope }) => scope);
  const audiences = [aud].flat();
  const counted = audiences.flatMap((audience) => countedFor(stand, audience));
  const isOneResource = stand.grants.some(({ resource }) =>
    audiences.every((audience) => audiencesOf(resource).includes(audience)),
  );
  if (audiences.length < 2 || isOneResource) return counted;
  const isWhole = held.every((scope) => scope === 'openid' || counted.some((each) => covers(each, scope)));
  return isWhole ? counted : undefined;
}

/** Milliseconds by which the clocks of issuer and store may differ, as live grants assume where nothing else is said. */
const TOLERANCE = 5000;

/** Which of `asked` a token with `held` opens, or why none; `time` is that of the check, in milliseconds. */
export function answerOf(
  { grants, ...rest }: Stand,
  { iat, sub, aud }: Claims,
  held: readonly string[],
  asked: readonly string[],
  time = 0,
): readonly string[] | string {
  const isActive = ({ begins, ends }: DatedScope) =>
    begins.every((date) => Date.parse(date) <= time) && ends.every((date) => time < Date.parse(date));
  const stand = { ...rest, grants: grants.filter(isActive) };
  const { state, everything, subjects } = stand;
  if (state !== 'enabled') return 'application_revoked';
  const since = Math.max(everything, sub === undefined ? 0 : (subjects.get(sub) ?? 0));
  if (since > 0 && (iat === undefined || iat * 1000 < since + TOLERANCE)) return 'application_revoked';
  const counted = countedForToken(stand, aud, held);
  if (counted === undefined || counted.length === 0) return 'application_revoked';
  return asked.filter((scope) => {
    return held.some((each) => covers(each, scope)) && counted.some((each) => covers(each, scope));
  });
}
