import { randomBytes } from 'node:crypto';
import type { GrantStore } from 'scopegate/admin';
import { createSecretCipher } from '../../lib/stores/secret-cipher.js';
import { context, createSetting, describeEachEngine } from '../support/stores.js';
import { runSql } from '../support/tables.js';

const key = randomBytes(32);

describeEachEngine((engine) => {
  describe('a store that is opened to show secrets', () => {
    let database: Awaited<ReturnType<typeof engine.database>>;
    beforeAll(async () => {
      database = await engine.database();
    });

    /** What two stores, one after the other, see of an application with secrets that the first one made. */
    async function prepare(first: { key: Uint8Array } | undefined) {
      const store = await database.open({ showSecrets: first });
      const { applicationAt } = await createSetting(store, [], `shown ${randomBytes(8).toString('hex')}`);
      await store.applications.rotateSecret(applicationAt, 'an earlier one', undefined, context);
      const { value: rotated } = await store.applications.rotateSecret(applicationAt, 'a secret', undefined, context);
      const { value: named } = await store.secrets.create(applicationAt, { name: 'blue' }, 'a blue secret', context);
      expect(JSON.stringify([rotated, named])).not.toContain('secret"');
      await store.close();
      return { applicationAt, secretAt: { ...applicationAt, secretId: named.id } };
    }
    type At = Awaited<ReturnType<typeof prepare>>;

    const read = async (store: GrantStore, { applicationAt, secretAt }: At) => {
      const state = await store.applications.secret(applicationAt);
      const named = await store.secrets.get(secretAt);
      const list = await store.secrets.list(applicationAt, { limit: 10 });
      expect(list?.items.map(({ secret }) => secret)).toEqual([undefined, undefined, undefined]);
      await store.close();
      return [state?.secret, state?.previous?.secret, named?.secret];
    };

    test('shows the secrets that it keeps, also after it is opened again', async () => {
      const at = await prepare({ key });
      expect(await read(await database.open({ showSecrets: { key: Buffer.from(key) } }), at)).toEqual([
        ...['a secret', 'an earlier one', 'a blue secret'],
      ]);
    });

    test('keeps them encrypted, and in no history', async () => {
      await prepare({ key });
      const rows = await runSql(database, 'select hash, encrypted from application_secrets');
      expect(rows).toEqual(rows.map(() => ({ hash: expect.any(String), encrypted: expect.any(String) })));
      const text = JSON.stringify([rows, await runSql(database, 'select * from activities')]);
      expect(text).toContain('SECRET.CREATED');
      for (const secret of ['a secret', 'an earlier one', 'a blue secret']) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('base64url'));
      }
    });

    test.each<[string, { key: Uint8Array } | undefined, { key: Uint8Array } | undefined]>([
      ['where the store is opened without the key', { key }, undefined],
      ['where the store is opened with another key', { key }, { key: randomBytes(32) }],
      ['where a store without a key made them', undefined, { key }],
    ])('shows none, and accepts all, %s', async (_, first, second) => {
      const at = await prepare(first);
      const store = await database.open({ showSecrets: second });
      expect(await store.applications.hasSecret(at.applicationAt, 'a secret')).toBe(true);
      expect(await store.applications.hasSecret(at.applicationAt, 'a blue secret')).toBe(true);
      expect(await read(store, at)).toEqual([undefined, undefined, undefined]);
    });

    test('does not show a secret that somebody moved to another row', async () => {
      const [at, other] = [await prepare({ key }), await prepare({ key })];
      const encrypted = `(select encrypted from application_secrets where id = '${other.secretAt.secretId}')`;
      await runSql(
        database,
        `update application_secrets set encrypted = ${encrypted} where id = '${at.secretAt.secretId}'`,
      );
      const [, , named] = await read(await database.open({ showSecrets: { key } }), at);
      expect(named).toBeUndefined();
    });
  });
});

test.each(['', 'AAAA', '#', 'A'.repeat(37), 'A'.repeat(38), 'A'.repeat(100)])('decrypts nothing of %j', (text) => {
  const place = { applicationId: 'a', id: 'b' };
  const { encrypt, decrypt } = createSecretCipher(key);
  expect(decrypt(text, place)).toBeUndefined();
  expect(decrypt(encrypt('', place), place)).toBe('');
});

test('encrypts one secret differently each time, and detects each change of a character', () => {
  const place = { applicationId: 'a', id: 'b' };
  const { encrypt, decrypt } = createSecretCipher(key);
  const encrypted = encrypt('hush', place);
  expect(encrypt('hush', place)).not.toBe(encrypted);
  const bytes = Buffer.from(encrypted, 'base64url');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] = (bytes[i] as number) ^ 1;
    expect(decrypt(changed.toString('base64url'), place)).toBeUndefined();
  }
});
