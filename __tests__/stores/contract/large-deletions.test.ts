import type { GrantedScope } from 'scopegate/admin';
import { context, describeEachEngine } from '../../support/stores.js';
import { faultsOf, runSql } from '../../support/tables.js';
import { insertApplications, insertGrants, insertScopes } from './fixtures/bulk.js';
import { all, contractStore, listed, type Prepared, SECOND } from './fixtures/contract.js';

const HOLDERS = 450;

describeEachEngine((engine) => {
  describe('objects with very many grants', () => {
    const given = contractStore(engine);
    let p: Prepared;
    let holders: readonly string[];
    /** So many applications hold the scope `a`; every third of them `b` as well. */
    beforeEach(async () => {
      p = await given.prepare();
      holders = await insertApplications(given.database, p.application, HOLDERS);
      const [a, b] = p.scopes.map(({ id, name }) => ({ id, name })) as [GrantedScope, GrantedScope];
      await insertGrants(
        given.database,
        p.environment,
        holders.map((applicationId, i) => {
          return { applicationId, resourceId: p.resource.id, scopes: i % 3 === 0 ? [a, b] : [a] };
        }),
      );
      given.clock.time += SECOND;
    });
    const sql = async (query: string) => {
      return (await runSql(given.database, query.replace('$', `'${p.environment.id}'`)))[0];
    };
    const faults = async () => {
      return (await faultsOf(given.database)).filter((fault) => !fault.startsWith('a grant without its activity'));
    };
    /** All in whose history the latest activity stands. */
    const concerned = () => {
      return sql('select count(*) as n from activity_applications where number = (select number from ledger)');
    };

    test('removes a deleted scope from very many grants', async () => {
      const { activities } = await p.store.scopes.delete(p.scopeAt, context);
      expect(activities).toHaveLength(1);
      const holding = (await p.store.scopes.holders(p.at, { scopeNames: ['a', 'b'] }, all)).items;
      expect(holding).toHaveLength(HOLDERS / 3 + 1);
      const grants = await sql(
        `select count(*) as n from grants where environment_id = $ and version = 2 and updated_at = '${given.clock.text()}'`,
      );
      expect(grants).toEqual({ n: HOLDERS / 3 + 1 });
      expect(await sql('select count(*) as n from grants where environment_id = $')).toEqual(grants);
      expect(await concerned()).toEqual({ n: HOLDERS + 1 });
      expect(await faults()).toEqual([]);
    });

    test('deletes a resource with very many scopes and grants', async () => {
      await insertScopes(
        given.database,
        p.resource,
        Array.from({ length: HOLDERS }, (_, i) => `more-${i}`),
      );
      await p.store.resources.delete(p.resourceAt, context);
      expect(await sql('select count(*) as n from grants where environment_id = $')).toEqual({ n: 0 });
      expect(await listed(p.store.scopes.list(p.at, all))).not.toContainEqual(
        expect.objectContaining({ resourceId: p.resource.id }),
      );
      expect(await listed(p.store.applications.list(p.at, all))).toHaveLength(HOLDERS + 1);
      expect(await concerned()).toEqual({ n: HOLDERS + 1 });
      expect(await faults()).toEqual([]);
    });

    test('deletes an environment with very many grants', async () => {
      const other = await given.prepare();
      await p.store.environments.delete(p.environment.id, context);
      for (const table of ['applications', 'resources', 'scopes', 'grants', 'grant_scopes']) {
        const rows = await sql(`select count(*) as n from ${table} where environment_id = $`);
        expect({ table, ...rows }).toEqual({ table, n: 0 });
      }
      expect(await p.store.grants.get(other.grantAt)).toEqual(other.grant);
      expect(await faults()).toEqual([]);
    });
  });
});
