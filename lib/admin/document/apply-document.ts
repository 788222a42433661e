import { randomUUID } from 'node:crypto';
import { AdminError } from '../../grants/errors.js';
import type { Actor } from '../../grants/model.js';
import type { GrantStore, GrantTransaction } from '../../grants/store.js';
import { FLAG, type OptionRules, readOptions } from '../../options.js';
import type { DocumentPlan, GrantsDocument } from './model.js';
import { findNameFaults } from './name-faults.js';
import { type Outline, outlineDocument } from './outline.js';
import { Reconciliation } from './reconciliation.js';
import type { ParsedDocument } from './schema.js';
import { type Reading, readDocument } from './shape-faults.js';
import { readState, type State } from './state.js';

export interface ApplyDocumentOptions {
  /** Returns the plan, and changes nothing. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Removes what the environment has and the document does not name. Default `false`: it is left alone. */
  readonly prune?: boolean | undefined;
  /** Who the history says made the changes: the `client` and the `subject`. Default `{}`. */
  readonly actor?: Actor | undefined;
  /** A UUID, for the history. Default a new one. */
  readonly correlationId?: string | undefined;
  /** An id of your own, for the history. Default none. */
  readonly transactionId?: string | undefined;
}

const OPTIONS = {
  dryRun: FLAG,
  prune: FLAG,
  actor: true,
  correlationId: true,
  transactionId: true,
} as const satisfies OptionRules<ApplyDocumentOptions>;

/**
 * Makes an environment what a document says, in one transaction: all of it, or nothing. What is so already is not touched:
 * applied again, the document changes nothing.
 *
 * Objects are found by name, so another name is another object: one is created, and with `prune` the other is removed. A
 * grant has exactly the scopes that the document gives it, with `prune` and without. Activities and change events are
 * those of single changes, and live grants follow them.
 *
 * Other changes of the store wait meanwhile, for as long as its lock timeout; that of another process, and another run of
 * this function, as well.
 *
 * @returns the plan that was carried out; with `dryRun`, the plan that would be. A dry run makes every change and takes it
 *   back, so that what the store refuses is refused then as well.
 * @throws {AdminError} `invalid_data` with a detail for every fault of the document, where `target` is its place, a JSON
 *   pointer (RFC 6901): a member that is missing, unknown or wrong, a cycle, a name or id that is there twice, a name of
 *   nothing, an id that is not that of the stored object, several applications of one name in the environment. What only
 *   the store can refuse, such as an id of another environment or too many scopes, is reported by itself.
 * @throws {StoreUnavailableError} where the database is unavailable, or another change takes too long
 * @throws {TypeError} for unknown options
 *
 * @example
 * const plan = await applyDocument(store, document, { dryRun: true, prune: true });
 * console.log(plan.removed);
 */
export async function applyDocument(
  store: GrantStore,
  document: GrantsDocument,
  options: ApplyDocumentOptions = {},
): Promise<DocumentPlan> {
  const checked = readOptions('applyDocument()', options, OPTIONS);
  const { dryRun, prune, actor = {}, correlationId = randomUUID(), transactionId } = checked;
  const reading = readDocument(document);
  const outline = outlineDocument(document);
  const context = { actor, correlationId, transactionId, dryRun };
  const { value } = await store.transaction(context, async (tx) => {
    const state = await readStateOf(tx, outline);
    const wanted = refuseFaults(reading, findNameFaults(outline, state, prune));
    return new Reconciliation(tx, prune).run(wanted, state);
  });
  return value;
}

async function readStateOf(tx: GrantTransaction, { environment }: Outline): Promise<State | undefined> {
  return environment && readState(tx, environment.name);
}

function refuseFaults({ parsed, faults }: Reading, nameFaults: Reading['faults']): ParsedDocument {
  if (parsed !== undefined && nameFaults.length === 0) return parsed;
  throw new AdminError('invalid_data', [...faults, ...nameFaults]);
}
