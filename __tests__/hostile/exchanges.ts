import { REFUSALS, type RefusalReason } from '../../lib/enforcement/refusal.js';
import {
  echoIn,
  type Faults,
  faultsOfParser,
  faultsOfRecords,
  faultsOfRefusal,
  reasonIn,
  type Sent,
  sent,
} from './answers.js';
import type { Attack } from './attack.js';
import type { Application } from './targets.js';
import { good } from './valid-tokens.js';

type Door = keyof Application['doors'];

/** Where good tokens are let through, and attacks go if they do not say where. */
const OPEN = ['remembering', 'forgetful', 'senderConstrainedVerifier', 'bearerAuthVerifier'];

export function isOpen({ place }: Application): boolean {
  return OPEN.includes(place);
}

/** What is wrong with the answers of the gates that an attack is for, and to good requests after it. */
export async function faultsAfter(attack: Attack, applications: readonly Application[]): Promise<Faults> {
  const aims = applications.filter(
    ({ place }) => (attack.places ?? OPEN).includes(place) && attack.at?.[place] !== null,
  );
  if (aims.length === 0) return ['no gate was attacked'];
  const head = [attack.start ?? 'GET / HTTP/1.1', 'Host: api.example', ...attack.lines].join('\r\n');
  const request = sent(`${head}\r\n\r\n${attack.body ?? ''}`);
  return (await Promise.all(aims.map((application) => faultsAt(application, attack, request)))).flat();
}

async function faultsAt(application: Application, attack: Attack, request: Sent): Promise<Faults> {
  const found: string[] = [];
  for (const door of doorsFor(attack)) {
    try {
      found.push(...(await refusal(application, door, attack, request)));
      // Once more: what is refused is not remembered as anything else.
      if (application.place === 'remembering') found.push(...(await refusal(application, door, attack, request)));
      if (isServedAfter(attack, application)) found.push(...(await service(application, good.rs256, door)));
    } catch (error) {
      application.doors[door].hangUp();
      found.push(`${application.place}: ${error}`);
    }
    application.records.splice(0);
  }
  return found;
}

/**
 * A gate that remembers tokens is asked for a good one after each attack, the others after whatever is more than another
 * token: there, the next attack on the same connection tells as much.
 */
function isServedAfter({ lines, start, parser }: Attack, application: Application): boolean {
  const isPlain = lines.length === 1 && start === undefined && parser === undefined;
  return isOpen(application) && (application.place === 'remembering' || !isPlain);
}

/** What Node's parser stops is also sent where it does not; what is far too long for it, only there. */
function doorsFor({ parser, lines }: Attack): Door[] {
  if (parser === undefined) return ['strict'];
  return lines.join().length > 60_000 ? ['lenient'] : ['strict', 'lenient'];
}

async function refusal(application: Application, door: Door, attack: Attack, request: Sent): Promise<Faults> {
  const { place, schemes, handled, clock } = application;
  clock.skip();
  const wire = await application.doors[door].wire();
  const answer = await wire.ask(request.request);
  const found = [...echoIn(answer, request)];
  if (application.handled !== handled) found.push('the handler was reached');
  found.push(...application.faults.splice(0).map(String));
  if (door === 'strict' && attack.parser !== undefined) {
    found.push(...faultsOfParser(answer, attack.parser));
  } else {
    const reason = reasonIn(answer);
    const records = application.records.splice(0);
    if (reason === undefined || !reasonsOf(attack, application).includes(reason)) found.push(`the reason ${reason}`);
    else found.push(...faultsOfRefusal(answer, reason, schemes), ...faultsOfRecords(records, reason, request));
  }
  return found.map((fault) => `${place}, ${door}: ${fault} of ${answer.text}`);
}

/** `auth()` refuses most tokens by itself, for reasons of its own. */
function reasonsOf({ reason, at = {} }: Attack, { place }: Application): RefusalReason[] {
  const expected = at[place] ?? reason;
  const isTheirs = place === 'bearerAuthVerifier' && REFUSALS[expected].error === 'invalid_token';
  return isTheirs ? [expected, 'token_rejected'] : [expected];
}

let requests = 0;

/** What is wrong with the answer to a good token: on the connection where the attack was, unless that ended it. */
export async function service(application: Application, token: string, door: Door = 'strict'): Promise<Faults> {
  const wire = await application.doors[door].wire();
  const { place, handled } = application;
  const n = `${++requests}`;
  const { status, body, text } = await wire.ask(
    `GET /?n=${n} HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  application.records.splice(0);
  const isServed = status === 200 && body === JSON.stringify({ n }) && application.handled === handled + 1;
  return isServed ? [] : [`${place}, ${door}: a good request was answered ${text}`];
}
