import { EndpointError } from '../token/keys/bounded-fetch.js';
import { IssuerDiscovery } from '../token/keys/issuer-discovery.js';
import { importKey, parseJwk } from '../token/keys/jwk.js';
import { fetchJwks, type KeyLocation } from '../token/keys/jwks-endpoint.js';
import { quoteForLog } from '../token/printable.js';
import { adviseOnFailure, type Observed } from './doctor-advice.js';
import type { Terminal } from './terminal.js';

/** One thing that was looked at. */
export interface Finding {
  readonly check: 'address' | 'metadata' | 'keys' | 'key' | 'clock' | 'tenant' | 'token';
  /** `warning`: it works, and may not for long or not for all. `unknown`: the issuer could not be asked. */
  readonly result: 'ok' | 'warning' | 'problem' | 'unknown';
  readonly detail: string;
  /** What to change, and where. */
  readonly advice?: string;
}

export interface KeyRules {
  readonly algorithms: readonly string[];
  readonly ignoreKeyOps: boolean;
}

/** Fetches the keys of an issuer as a verifier does, and says what is in the way. */
export async function examineKeys(
  issuer: string,
  jwksUri: string | undefined,
  rules: KeyRules,
  terminal: Pick<Terminal, 'fetch' | 'now'>,
): Promise<Finding[]> {
  const observed: Observed = {};
  const location: KeyLocation = jwksUri ?? new IssuerDiscovery(issuer, false);
  try {
    const { value } = await fetchJwks(location, observe(terminal, observed), undefined);
    const address = typeof location === 'string' ? location : location.address;
    const metadata: Finding[] =
      jwksUri === undefined ? [{ check: 'metadata', result: 'ok', detail: `The metadata names ${address}.` }] : [];
    return [...metadata, ...examineKeySet(value, rules), examineClock(observed)];
  } catch (error) {
    return [toFinding(error, observed, jwksUri === undefined)];
  }
}

function observe({ fetch, now }: Pick<Terminal, 'fetch' | 'now'>, observed: Observed) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    observed.sentAt = now();
    const response = await fetch(url, init);
    observed.status = response.status;
    observed.contentType = response.headers.get('content-type');
    observed.location = response.headers.get('location');
    observed.date = response.headers.get('date');
    return response;
  };
}

function toFinding(error: unknown, observed: Observed, isDiscovery: boolean): Finding {
  const failure = error instanceof EndpointError ? error : undefined;
  return {
    check: isDiscovery ? 'metadata' : 'keys',
    result: failure !== undefined && failure.status === undefined ? 'unknown' : 'problem',
    detail: error instanceof Error ? error.message : 'The issuer failed in an unknown way.',
    advice: adviseOnFailure(error, observed, isDiscovery),
  };
}

function examineKeySet(value: unknown, { algorithms, ignoreKeyOps }: KeyRules): Finding[] {
  const { keys } = Object(value) as { keys?: unknown };
  if (!Array.isArray(keys)) {
    const detail = 'It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).';
    return [
      { check: 'keys', result: 'problem', detail, advice: 'Give the address of the keys, not of another document.' },
    ];
  }
  const policy = { algorithms, obeyKeyOps: !ignoreKeyOps };
  const findings = keys.map((jwk: unknown): Finding => {
    const { alg, kid, kty } = Object(jwk) as Readonly<Record<string, unknown>>;
    const name = quoteForLog(kid);
    const parsed = parseJwk(jwk, policy);
    const imported = parsed.ok ? importKey(parsed.published) : parsed;
    if (parsed.ok && imported.ok) {
      return { check: 'key', result: 'ok', detail: `Key ${name} is usable for ${quoteForLog(alg ?? kty)}.` };
    }
    const why = imported.ok ? '' : imported.describe();
    return { check: 'key', result: 'warning', detail: `Key ${name} is not usable: ${why}.` };
  });
  const usable = findings.filter(({ result }) => result === 'ok').length;
  if (usable > 0) {
    return [{ check: 'keys', result: 'ok', detail: `${usable} of ${keys.length} keys are usable.` }, ...findings];
  }
  const detail = keys.length === 0 ? 'The key set is empty.' : `None of ${keys.length} keys is usable.`;
  const advice = 'Have the issuer publish a public signing key: RSA of 2048 bits or more, or EC, with "use": "sig".';
  return [{ check: 'keys', result: 'problem', detail, advice }, ...findings];
}

/** Seconds by which clocks may differ: tokens are refused beyond, as not valid yet or as expired too early. */
const CLOCK_TOLERANCE = 60;

function examineClock({ date, sentAt = 0 }: Observed): Finding {
  const theirs = date === undefined || date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return { check: 'clock', result: 'warning', detail: 'The issuer sends no Date.' };
  const seconds = Math.round((theirs - sentAt) / 1000);
  if (Math.abs(seconds) <= CLOCK_TOLERANCE) {
    return { check: 'clock', result: 'ok', detail: `The clocks differ by ${Math.abs(seconds)} s.` };
  }
  return {
    check: 'clock',
    result: 'problem',
    detail: `The clock of the issuer is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the one here.`,
    advice: 'Synchronize the clock of this machine (NTP): tokens are refused as not valid yet, or as expired.',
  };
}
