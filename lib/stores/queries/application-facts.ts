import { type ExpressionBuilder, type ExpressionWrapper, sql } from 'kysely';
import { CONSUMER, CONSUMER_ALL } from '../../scope/grammar.js';
import type { Queryable, Tables } from '../schema.js';

/** One row of what is known of an application. */
export interface Fact {
  application_id: string;
  kind: 'grant' | 'revocation' | 'reachable';
  /** The scope; of a revocation the subject. `null` for a resource in reach without scopes. */
  fact: string | null;
  audience: string | null;
  /** The time before which the subject's tokens are revoked. */
  not_before: number | null;
  /** When the grant, and its scope, begin and end. */
  grant_begins: string | null;
  grant_ends: string | null;
  scope_begins: string | null;
  scope_ends: string | null;
  secondary_audiences: string | null;
  /** 1: the scope of a built-in resource, which no custom one defines. */
  is_for_every_audience: number;
  /** Of a resource in reach. */
  tags: string | null;
}

/** A row for each granted scope, for each revocation, and for each scope of a resource in reach. */
export function selectFacts(db: Queryable, applicationId: string) {
  return selectGranted(db, applicationId)
    .unionAll(selectRevocations(db, applicationId))
    .unionAll(selectReachable(db, applicationId));
}

function selectGranted(db: Queryable, applicationId: string) {
  return db
    .selectFrom('grant_scopes')
    .innerJoin('resources', 'resources.id', 'grant_scopes.resource_id')
    .innerJoin('grants', (join) =>
      join
        .onRef('grants.application_id', '=', 'grant_scopes.application_id')
        .onRef('grants.id', '=', 'grant_scopes.grant_id'),
    )
    .select(({ lit, eb, not, exists }) => [
      'grant_scopes.application_id',
      sql.lit('grant').as('kind'),
      'grant_scopes.scope_name as fact',
      'resources.audience',
      lit(null).as('not_before'),
      'grants.not_before as grant_begins',
      'grants.expires_at as grant_ends',
      'grant_scopes.not_before as scope_begins',
      'grant_scopes.expires_at as scope_ends',
      'resources.secondary_audiences',
      eb
        .case()
        .when(eb.and([eb('resources.type', '<>', 'CUSTOM'), not(exists(selectCustomScope(eb)))]))
        .then(lit(1))
        .else(lit(0))
        .end()
        .as('is_for_every_audience'),
      lit(null).as('tags'),
    ])
    .where('grant_scopes.application_id', '=', applicationId)
    .$castTo<Fact>();
}

/** A scope of the same name that a custom resource defines. */
function selectCustomScope({ selectFrom }: ExpressionBuilder<Tables, 'grant_scopes' | 'resources' | 'grants'>) {
  return selectFrom('scopes')
    .innerJoin('resources as other', 'other.id', 'scopes.resource_id')
    .select('scopes.id')
    .whereRef('scopes.environment_id', '=', 'grant_scopes.environment_id')
    .whereRef('scopes.name', '=', 'grant_scopes.scope_name')
    .where('other.type', '=', 'CUSTOM');
}

const DATES = ['grant_begins', 'grant_ends', 'scope_begins', 'scope_ends'] as const;

function withoutDates(nothing: ExpressionWrapper<Tables, never, null>) {
  return DATES.map((column) => nothing.as(column));
}

function selectRevocations(db: Queryable, applicationId: string) {
  return db
    .selectFrom('revocations')
    .select(({ lit }) => [
      'application_id',
      sql.lit('revocation').as('kind'),
      'subject as fact',
      lit(null).as('audience'),
      'not_before',
      ...withoutDates(lit(null)),
      lit(null).as('secondary_audiences'),
      lit(0).as('is_for_every_audience'),
      lit(null).as('tags'),
    ])
    .where('application_id', '=', applicationId)
    .$castTo<Fact>();
}

/**
 * The custom resources that the trust scope may open: with the scopes that they define where the application is granted
 * `urn:opc:resource:consumer::all`. With the trust scope `Tags`, also those whose tags do not match.
 */
function selectReachable(db: Queryable, applicationId: string) {
  const granted = db
    .selectFrom('grant_scopes')
    .select('grant_scopes.scope_id')
    .where('grant_scopes.application_id', '=', applicationId);
  const all = granted.where('grant_scopes.scope_name', '=', CONSUMER_ALL);
  const hierarchical = granted.where('grant_scopes.scope_name', 'like', `${CONSUMER}:%`);
  return db
    .selectFrom('applications as own')
    .innerJoin('resources as near', 'near.environment_id', 'own.environment_id')
    .leftJoin('scopes as defined', (join) =>
      join.onRef('defined.resource_id', '=', 'near.id').on(({ exists }) => exists(all)),
    )
    .select(({ lit }) => [
      'own.id as application_id',
      sql.lit('reachable').as('kind'),
      'defined.name as fact',
      'near.audience',
      lit(null).as('not_before'),
      ...withoutDates(lit(null)),
      'near.secondary_audiences',
      lit(0).as('is_for_every_audience'),
      'near.tags',
    ])
    .where('own.id', '=', applicationId)
    .where('near.type', '=', 'CUSTOM')
    .where(({ or, and, eb, exists }) =>
      or([
        and([eb('own.trust_scope', '=', 'Account'), exists(all)]),
        and([eb('own.trust_scope', '=', 'Tags'), exists(hierarchical)]),
      ]),
    )
    .$castTo<Fact>();
}
