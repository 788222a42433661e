import { systemClock } from '../../clock.js';
import { parseApplicationId } from '../../grants/ids.js';
import type { GrantStore } from '../../grants/store.js';
import { GenerationalCache } from '../../lru.js';
import type { StreamedDecision } from './decision-stream.js';

/** Whose a decision is, seen from an environment. */
type Owner = 'here' | 'elsewhere' | 'nobody';

interface Known {
  readonly owner: Owner;
  /** By the monotonic clock: what is not here now may be created. */
  readonly until: number;
}

const CACHED = 10_000;
const RECHECK_MS = 10_000;

/**
 * Which decisions a caller may see in an environment: those of its applications. An application never moves, so what was
 * found once stays. Decisions of no application of the store are seen by callers for all environments only.
 */
export class EnvironmentDecisions {
  readonly #store: GrantStore;
  readonly #cache = new GenerationalCache<string, Known>(CACHED);

  constructor(store: GrantStore) {
    this.#store = store;
  }

  /** A promise where the store has to be asked. */
  isShown(decision: StreamedDecision, environmentId: string, seesAll: boolean): boolean | Promise<boolean> {
    if (decision.environmentId !== undefined) return decision.environmentId === environmentId;
    const applicationId = parseApplicationId(decision.record.client);
    if (applicationId === undefined) return seesAll;
    const key = `${environmentId} ${applicationId}`;
    const known = this.#cache.get(key);
    if (known !== undefined && known.until > systemClock.monotonic()) return isShownTo(known.owner, seesAll);
    return this.#find(environmentId, applicationId).then((owner) => {
      const until = owner === 'here' ? Number.POSITIVE_INFINITY : systemClock.monotonic() + RECHECK_MS;
      this.#cache.set(key, { owner, until });
      return isShownTo(owner, seesAll);
    });
  }

  /** A deleted application is known by its history. */
  async #find(environmentId: string, applicationId: string): Promise<Owner> {
    const { environmentId: at, state } = await this.#store.applicationStatus(applicationId);
    if (at !== undefined) return at === environmentId ? 'here' : 'elsewhere';
    if (state === 'unknown') return 'nobody';
    const changes = await this.#store.activities.list({ environmentId }, { applicationId }, { limit: 1 });
    return changes !== undefined && changes.items.length > 0 ? 'here' : 'elsewhere';
  }
}

function isShownTo(owner: Owner, seesAll: boolean): boolean {
  return owner === 'here' || (owner === 'nobody' && seesAll);
}
