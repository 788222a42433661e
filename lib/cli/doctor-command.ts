import { REMEDIES } from '../explain/remedies.js';
import { readUnverifiedToken } from '../explain/unverified-token.js';
import { ALGORITHMS } from '../token/jwt/algorithms.js';
import { jwtVerifier } from '../token/jwt/jwt-verifier.js';
import { parseEndpointUrl } from '../token/keys/endpoint-url.js';
import { ociDomain } from '../token/presets/oci-domain.js';
import { isRejection } from '../token/verifier.js';
import { examineKeys, type Finding } from './doctor.js';
import { type Call, type Command, EXIT, type ExitCode, readToken, textOf, UsageError } from './terminal.js';

export const doctorCommand: Command = {
  usage: '<issuer> | --oci <domain url> --tenant <tenant>  [--token <- | file>] [--audience <audience>]',
  summary: 'Looks at an issuer as a gate does: address, metadata, keys, clock, and a sample token.',
  example: 'npx scopegate doctor --oci https://idcs-0a1b.identity.oraclecloud.com --tenant idcs-0a1b',
  options: {
    oci: { type: 'string' },
    tenant: { type: 'string' },
    token: { type: 'string' },
    audience: { type: 'string' },
  },
  arguments: [0, 1],
  run: async (call) => {
    const target = readTarget(call);
    const token = await readToken(call);
    call.terminal.err(`Asking ${target.address} …\n`);
    const findings = await examine(target, token, call);
    return {
      code: chooseCode(findings),
      json: { issuer: target.address, findings },
      lines: findings.flatMap(({ result, detail, advice }) => [
        `${MARKS[result]} ${detail}`,
        ...(advice === undefined ? [] : [`  What to do: ${advice}`]),
      ]),
    };
  },
};

const MARKS: Readonly<Record<Finding['result'], string>> = { ok: '✓', warning: '!', problem: '✗', unknown: '✗' };

interface Target {
  readonly address: string;
  readonly tenant: string | undefined;
}

function readTarget(call: Call): Target {
  const [issuer] = call.positionals;
  const [oci, tenant] = [textOf(call, 'oci'), textOf(call, 'tenant')];
  if ((issuer === undefined) === (oci === undefined)) throw new UsageError('Give the issuer, or --oci and --tenant.');
  if (oci !== undefined && tenant === undefined) throw new UsageError('--oci needs --tenant, such as idcs-0a1b.');
  return oci === undefined ? { address: issuer ?? '', tenant: undefined } : { address: oci, tenant };
}

async function examine(target: Target, token: string | undefined, call: Call): Promise<Finding[]> {
  const address = examineAddress(target);
  if (address.result === 'problem') return [address];
  const { tenant } = target;
  const domain = tenant === undefined ? undefined : ociDomain({ url: new URL(target.address).origin, tenant });
  const rules = {
    algorithms: domain?.algorithms ?? [...ALGORITHMS.keys()],
    ignoreKeyOps: domain?.ignoreKeyOps ?? false,
  };
  const findings = await examineKeys(target.address, domain?.jwksUri, rules, call.terminal);
  const tenants = tenant === undefined ? [] : examineTenant(target.address, tenant);
  const isReadable = !findings.some(({ check, result }) => check !== 'clock' && check !== 'key' && result !== 'ok');
  const samples = token === undefined ? [] : [await examineToken(target, token, isReadable, call)];
  return [address, ...tenants, ...findings, ...samples];
}

function examineAddress({ address, tenant }: Target): Finding {
  const problem = (detail: string, advice: string): Finding => ({
    check: 'address',
    result: 'problem',
    detail,
    advice,
  });
  const parsed = parseEndpointUrl(address, false);
  if (!parsed.ok) {
    if (parsed.reason === 'insecure') {
      return problem('The address is not https: anybody on the way could replace the keys.', 'Use the https address.');
    }
    if (parsed.reason === 'credentials') {
      return problem('The address holds credentials.', 'Leave them out: use keyCredentials in the gate.');
    }
    return problem('The address is no URL.', 'Write it with https:// and its host, as the console shows it.');
  }
  const { pathname, search, hash } = parsed.url;
  if (search !== '' || hash !== '' || pathname.includes('/.well-known/')) {
    return problem('The address is that of a document.', 'Leave out /.well-known, the query and the fragment.');
  }
  if (tenant !== undefined && pathname !== '/') {
    return problem(
      'The address of an OCI IAM domain has no path.',
      'Give the Domain URL of the console, without a path.',
    );
  }
  return { check: 'address', result: 'ok', detail: 'The address is that of an issuer.' };
}

/** The host of a domain begins with its tenant. */
function examineTenant(address: string, tenant: string): Finding[] {
  const [first = ''] = new URL(address).hostname.split('.');
  if (!first.startsWith('idcs-') || first === tenant) return [];
  const detail = `The domain is that of the tenant ${first}, not of ${tenant}.`;
  return [{ check: 'tenant', result: 'problem', detail, advice: `Take the tenant from the Domain URL: ${first}.` }];
}

async function examineToken(
  { address, tenant }: Target,
  token: string,
  isReadable: boolean,
  call: Call,
): Promise<Finding> {
  const read = readUnverifiedToken(token);
  if (typeof read === 'string') {
    return { check: 'token', result: 'problem', detail: read, advice: REMEDIES.token_malformed.sentence };
  }
  if (!isReadable) return { check: 'token', result: 'unknown', detail: 'The token cannot be verified without keys.' };
  const audience = textOf(call, 'audience') ?? [read.payload.aud].flat()[0];
  if (typeof audience !== 'string') {
    return {
      check: 'token',
      result: 'problem',
      detail: 'The token has no audience.',
      advice: REMEDIES.claim_missing.sentence,
    };
  }
  const { fetch, now } = call.terminal;
  const shared = { fetch, clock: { now, monotonic: now } };
  const isShared = audience.startsWith('urn:opc:resource:scope:');
  const verifier = jwtVerifier(
    tenant === undefined
      ? { issuerBaseURL: address, audience, ...shared }
      : { ...ociDomain({ url: new URL(address).origin, tenant, ...(isShared ? {} : { audience }) }), ...shared },
  );
  const verdict = await verifier.verify({ scheme: 'bearer', token });
  if (!isRejection(verdict)) return { check: 'token', result: 'ok', detail: `The token is accepted for ${audience}.` };
  const detail = `The token is refused (${verdict.reason}). ${verdict.detail?.() ?? ''}`.trim();
  return { check: 'token', result: 'problem', detail, advice: REMEDIES[verdict.reason].sentence };
}

function chooseCode(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ result }) => result === 'problem')) return EXIT.deny;
  return findings.some(({ result }) => result === 'unknown') ? EXIT.unknown : EXIT.permit;
}
