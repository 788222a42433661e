import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, HttpProcess } from '../support/http-processes.js';
import { faultsOf, runSql } from '../support/tables.js';

/** What no answer says: words of the databases, of the system, of the code, and where they are. */
const INNER = /sqlite|postgres|pg_|ledger|ECONN|EPERM|EACCES|\/tmp\/|:\d+:\d+\)|Error:/i;

/** What to expect of a request while something is wrong. */
export interface Expected {
  readonly change: 503 | 201;
  readonly list: 503 | 200;
  readonly report: 503 | 200;
}

export const READS_GO_ON: Expected = { change: 503, list: 200, report: 200 };
export const NOTHING_GOES: Expected = { change: 503, list: 503, report: 503 };

function expectAnswer({ status, headers, text }: Answer, expected: number): void {
  expect(status).toBe(expected);
  if (status !== 503) return;
  expect(headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(headers.get('Content-Type')).toMatch(/^application\/(problem\+)?json$/);
  expect(JSON.parse(text)).toEqual(expect.any(Object));
  expect(`${text} ${JSON.stringify([...headers])}`).not.toMatch(INNER);
}

/** Longer than live grants believe what nobody confirms. */
const UNCONFIRMED = 1300;

/** Fails unless every kind of request, several at once, is answered as expected while something is wrong. */
export async function expectDuring(server: HttpProcess, expected: Expected): Promise<void> {
  if (expected.report === 503) await pause(UNCONFIRMED);
  const [changes, lists, reports] = await Promise.all(
    [server.change, server.list, server.report].map((send) => Promise.all(Array.from({ length: 8 }, send))),
  );
  for (const answer of changes ?? []) expectAnswer(answer, expected.change);
  for (const answer of lists ?? []) expectAnswer(answer, expected.list);
  for (const answer of reports ?? []) expectAnswer(answer, expected.report);
}

/** How often it may say 503 since the cause is gone, for want of a new connection, before it serves again. */
const MOST_REFUSALS = 40;

/** Fails unless everything is served again, by the same process, and what was acknowledged is there. */
export async function expectAfter(server: HttpProcess): Promise<void> {
  for (const send of [server.change, server.list, server.report]) {
    let answer = await send();
    for (let refused = 0; answer.status === 503 && refused < MOST_REFUSALS; refused++) {
      expectAnswer(answer, 503);
      await pause(100);
      answer = await send();
    }
    expect([200, 201]).toContain(answer.status);
  }
  const rows = await runSql(server.database, 'select id from applications');
  const stored = new Set(rows.map(({ id }) => id));
  expect(server.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(await faultsOf(server.database)).toEqual([]);
}
