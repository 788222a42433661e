import fc from 'fast-check';
import { ACCOUNT_AUDIENCE, CONSUMER_ALL } from 'scopegate';
import { AdminError, type Application, type Change, type GrantStore } from 'scopegate/admin';
import { context, newApplication, newEnvironment, newResource } from '../support/stores.js';
import { type Revoked, standOf, tagAudienceOf } from './model.js';
import { ANALYTICS, PAAS, STACK } from './setting.js';

/** Every resource defines them all: the same name means another thing at each. */
const NAMES = [PAAS, ANALYTICS, STACK, 'urn:opc:resource:consumer::read', CONSUMER_ALL, 'read', 'openid'];
export const ASKED = [
  ...NAMES,
  'urn:opc:resource:consumer:paas:stack::read',
  'urn:opc:resource:consumer:paas:stack::all',
];
const APPLICATIONS = 2;
const RESOURCES = 3;
const [FIRST, SECOND, THIRD] = ['https://first.example', 'https://second.example', 'https://third.example'];

export const application = fc.nat({ max: APPLICATIONS - 1 });
const resource = fc.nat({ max: RESOURCES - 1 });
export const name = fc.constantFrom(...NAMES);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
/** Of resources, some of which share it; of all; and of tags. */
export const audience: fc.Arbitrary<string | readonly string[] | undefined> = fc.constantFrom(
  ...[FIRST, SECOND, `${SECOND}/more`, THIRD, ACCOUNT_AUDIENCE, tagAudienceOf('green'), undefined],
  ...[
    tagAudienceOf('green', 'blue'),
    [FIRST, SECOND],
    [SECOND, `${SECOND}/more`],
    [THIRD],
    'https://elsewhere.example',
  ],
) as never;
const TAGS = ['green', 'blue'].map((value) => ({ key: 'color', value }));
const tags = fc.subarray(TAGS);
export const subject = fc.constantFrom(undefined, 'u1', 'u2');

/** When a grant, and the first of its scopes, begin and end: milliseconds from now. */
interface Dates {
  readonly ofGrant: readonly [begins: number | undefined, ends: number | undefined];
  readonly ofScope: readonly [begins: number | undefined, ends: number | undefined];
}
const NO_DATES: Dates = { ofGrant: [undefined, undefined], ofScope: [undefined, undefined] };
/** Between steps, at the very moment of one, and never in a run. */
const begins = fc.constantFrom(undefined, undefined, undefined, -700, 700, 1000);
const ends = fc.constantFrom(undefined, undefined, 0, 350, 700, 1400, 60_000);
const dates: fc.Arbitrary<Dates> = fc.record({ ofGrant: fc.tuple(begins, ends), ofScope: fc.tuple(begins, ends) });

export type Command =
  | ({ do: 'grant'; application: number; resource: number; names: readonly string[] } & Dates)
  | ({ do: 'replace'; application: number; resource: number; names: readonly string[] } & Dates)
  | { do: 'ungrant'; application: number; resource: number }
  | { do: 'rename'; resource: number; name: string; to: string }
  | { do: 'deleteScope'; resource: number; name: string }
  | { do: 'deleteResource'; resource: number }
  | { do: 'trust'; application: number; trustScope: Application['trustScope']; tags: typeof TAGS }
  | { do: 'retag'; resource: number; tags: typeof TAGS }
  | { do: 'move'; resource: number; audience: string; more: readonly string[] }
  | { do: 'define'; resource: number; name: string }
  | { do: 'enable'; application: number; enabled: boolean }
  | { do: 'delete'; application: number }
  | { do: 'remake'; application: number }
  | { do: 'revoke'; application: number; subject: string | undefined };

const granting = (what: 'grant' | 'replace', given: fc.Arbitrary<Dates>) => {
  const data = fc.record({ do: fc.constant(what), application, resource, names });
  return fc.tuple(data, given).map(([command, dates]) => ({ ...command, ...dates }) as Command);
};
const weighted = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary });
const others = [
  weighted(3, fc.record({ do: fc.constant('ungrant' as const), application, resource })),
  weighted(3, fc.record({ do: fc.constant('rename' as const), resource, name, to: name })),
  weighted(3, fc.record({ do: fc.constant('deleteScope' as const), resource, name })),
  weighted(1, fc.record({ do: fc.constant('deleteResource' as const), resource })),
  weighted(3, fc.record({ do: fc.constant('define' as const), resource, name })),
  weighted(
    6,
    fc.record({
      do: fc.constant('trust' as const),
      application,
      trustScope: fc.constantFrom('Account' as const, 'Tags' as const, 'Explicit' as const),
      tags,
    }),
  ),
  weighted(3, fc.record({ do: fc.constant('retag' as const), resource, tags })),
  weighted(
    2,
    fc.record({
      do: fc.constant('move' as const),
      resource,
      audience: fc.constantFrom(FIRST, SECOND, THIRD) as fc.Arbitrary<string>,
      more: fc.constantFrom([], [`${SECOND}/more`], [ACCOUNT_AUDIENCE]),
    }),
  ),
  weighted(2, fc.record({ do: fc.constant('enable' as const), application, enabled: fc.constant(false) })),
  weighted(3, fc.record({ do: fc.constant('enable' as const), application, enabled: fc.constant(true) })),
  weighted(1, fc.record({ do: fc.constant('delete' as const), application })),
  weighted(2, fc.record({ do: fc.constant('remake' as const), application })),
  weighted(4, fc.record({ do: fc.constant('revoke' as const), application, subject })),
];
const commandsWith = (dates: fc.Arbitrary<Dates>) =>
  fc.oneof(weighted(8, granting('grant', dates)), weighted(5, granting('replace', dates)), ...others);
/** Without grants that end by themselves. */
export const command = commandsWith(fc.constant(NO_DATES));
export const datedCommand = commandsWith(fc.oneof(fc.constant(NO_DATES), dates));

/** An environment with some applications and resources, where commands that make no sense at the time come to nothing. */
/** @param now the clock of the stores */
export async function worldOf(first: GrantStore, environmentName: string, now = () => 0) {
  const { value: environment } = await first.environments.create(newEnvironment(environmentName), context);
  const at = { environmentId: environment.id };
  const resourceIds: string[] = [];
  for (let i = 0; i < RESOURCES; i++) {
    const audience = [FIRST, SECOND, THIRD][i];
    const more = i === 1 ? { secondaryAudiences: [`${SECOND}/more`], tags: TAGS.slice(0, 1) } : {};
    const { value } = await first.resources.create(at, newResource(`resource ${i}`, { audience, ...more }), context);
    resourceIds.push(value.id);
    for (const name of NAMES) await first.scopes.create({ ...at, resourceId: value.id }, { name }, context);
  }
  const ids: string[] = [];
  for (let i = 0; i < APPLICATIONS; i++) {
    const { value } = await first.applications.create(at, newApplication(`application ${i}`), context);
    ids.push(value.id);
    const scopes = [{ name: NAMES[i] as string }];
    await first.grants.create(
      { ...at, applicationId: value.id },
      { resource: { id: resourceIds[0] as string }, scopes },
      context,
    );
  }
  const revoked: Revoked[] = ids.map(() => ({ everything: 0, subjects: new Map() }));
  const stand = (i: number) => standOf(first, { ...at, applicationId: ids[i] as string }, revoked[i] as Revoked);
  const world = {
    ids,
    /** Where each application stands since the last change, as the database says. */
    stands: await Promise.all(ids.map((_, i) => stand(i))),
    async apply(store: GrantStore, command: Command): Promise<void> {
      await made(store, command).catch((error: unknown) => {
        if (!(error instanceof AdminError)) throw error;
      });
      world.stands = await Promise.all(ids.map((_, i) => stand(i)));
    },
  };
  return world;

  async function made(store: GrantStore, command: Command): Promise<Change<unknown> | undefined> {
    const resourceId = 'resource' in command ? (resourceIds[command.resource] as string) : '';
    if (!('application' in command)) {
      if (command.do === 'define') {
        return store.scopes.create({ ...at, resourceId }, { name: command.name }, context);
      }
      if (command.do === 'retag' || command.do === 'move') {
        const resource = await store.resources.get({ ...at, resourceId });
        if (resource === undefined) return undefined;
        const { type: _, ...present } = resource;
        const other =
          command.do === 'retag'
            ? { tags: command.tags }
            : { audience: command.audience, secondaryAudiences: command.more };
        return store.resources.replace({ ...at, resourceId }, { ...present, type: 'CUSTOM', ...other }, context);
      }
      const scopes = await store.scopes.list({ ...at, resourceId }, { limit: 100 });
      if (command.do === 'deleteResource') return store.resources.delete({ ...at, resourceId }, context);
      const scope = scopes?.items.find((each) => each.name === command.name);
      if (scope === undefined) return undefined;
      const scopeAt = { ...at, resourceId, scopeId: scope.id };
      if (command.do === 'deleteScope') return store.scopes.delete(scopeAt, context);
      return store.scopes.replace(scopeAt, { name: command.to }, context);
    }
    const i = command.application;
    const applicationAt = { ...at, applicationId: ids[i] as string };
    const present = await store.applications.get(applicationAt);
    if (command.do === 'remake') {
      if (present !== undefined) return undefined;
      const change = await store.applications.create(at, { ...newApplication(`again ${i}`), id: ids[i] }, context);
      revoked[i] = { everything: Date.parse(change.value.createdAt), subjects: new Map() }; // of its namesake
      return change;
    }
    if (present === undefined) return undefined;
    if (command.do === 'delete') return store.applications.delete(applicationAt, context);
    if (command.do === 'trust') {
      const { trustScope, tags: allowedTags } = command;
      return store.applications.replace(applicationAt, { ...present, trustScope, allowedTags }, context);
    }
    if (command.do === 'enable') {
      return store.applications.replace(applicationAt, { ...present, enabled: command.enabled }, context);
    }
    if (command.do === 'revoke') {
      const change = await store.applications.revokeTokens(applicationAt, command.subject, context);
      const notBefore = Date.parse(change.value.notBefore);
      const own = revoked[i] as Revoked;
      if (command.subject === undefined) own.everything = notBefore;
      else own.subjects.set(command.subject, notBefore);
      return change;
    }
    const grants = await store.grants.list(applicationAt, { limit: 100 });
    const grant = grants?.items.find((each) => each.resourceId === resourceId);
    if (command.do === 'ungrant') {
      return grant && store.grants.delete({ ...applicationAt, grantId: grant.id }, context);
    }
    const scopes = command.names.map((name, i) => ({ name, ...(i === 0 && datesFrom(command.ofScope)) }));
    const data = { resource: { id: resourceId }, scopes, ...datesFrom(command.ofGrant) };
    if (command.do === 'replace' && grant !== undefined) {
      return store.grants.replace({ ...applicationAt, grantId: grant.id }, data, context);
    }
    return store.grants.create(applicationAt, data, context);
  }
  function datesFrom([notBefore, expiresAt]: Dates['ofGrant']) {
    const toText = (offset: number | undefined) => {
      return offset === undefined ? undefined : new Date(now() + offset).toISOString();
    };
    return { notBefore: toText(notBefore), expiresAt: toText(expiresAt) };
  }
}
