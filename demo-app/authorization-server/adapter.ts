import { type Adapter, type AdapterFactory, type AdapterPayload, errors, Provider } from 'oidc-provider';
import { now } from './clock.js';
import { available } from './outage.js';
import type { Records, StoredRecord } from './records.js';

/** Expired records are kept for this many seconds, so that a response can say that they expired. */
const AFTERGLOW = 10 * 60;

/**
 * Stores what `oidc-provider` remembers (sessions, codes, refresh tokens, consents) as records. Its clients are not kept here:
 * `findClient` queries the grants store.
 */
export function adapterOn(
  records: Records,
  findClient: (id: string) => Promise<AdapterPayload | undefined>,
): AdapterFactory {
  return (model) => ({ ...createAdapter(model, records), ...(model === 'Client' && { find: findClient }) });
}

function createAdapter(model: string, records: Records): Adapter {
  async function consume(id: string): Promise<void> {
    if (await available(records.consume(model, id, now()))) return;
    // Two concurrent requests with one code or refresh token: one of them is not from its owner (RFC 9700 §4.14).
    const { grantId } = toPayload(await available(records.find(model, id))) ?? {};
    if (grantId !== undefined) await available(records.removeGrant(grantId));
    throw new errors.InvalidGrant('already used');
  }

  return {
    async upsert(id, payload, expiresIn) {
      const { grantId, uid } = payload;
      const expiresAt = expiresIn === undefined ? undefined : now() + expiresIn + AFTERGLOW;
      await available(records.put(model, id, { payload: { ...payload }, grantId, uid, expiresAt }));
      const rotated = model === ROTATED ? Provider.ctx?.oidc.entities.RotatedRefreshToken : undefined;
      if (rotated !== undefined) await consume(rotated.jti);
    },
    find: async (id) => toPayload(await available(records.find(model, id))),
    findByUid: async (uid) => toPayload(await available(records.findByUid(model, uid))),
    findByUserCode: async () => undefined, // of the device flow, which is off
    consume: async (id) => {
      if (model !== ROTATED) await consume(id);
    },
    destroy: (id) => available(records.remove(model, id)),
    revokeByGrantId: (grantId) => available(records.removeOfGrant(model, grantId)),
  };
}

/**
 * Consumed once its successor is stored, by `upsert`, and not before: where the database fails in between, the client
 * still has a token that is good, and the one that it did not get is known to nobody.
 */
const ROTATED = 'RefreshToken';

function toPayload(record: StoredRecord | undefined): AdapterPayload | undefined {
  if (record === undefined) return undefined;
  const { payload, consumedAt } = record;
  return { ...payload, ...(consumedAt !== undefined && { consumed: consumedAt }) };
}
