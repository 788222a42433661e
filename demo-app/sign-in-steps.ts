import { createHash, randomBytes } from 'node:crypto';
import type { LocalAuthorizationServer } from './local-authorization-server.js';

/**
 * What a person's sign-in takes, as lines to print: a link for the browser, then commands for a shell that knows the
 * functions of the walk-through. They end with the refresh that is refused because the scope is no longer granted.
 */
export function signInSteps(url: string, { issuer, shown }: LocalAuthorizationServer): string[] {
  const { browser, users, password } = shown;
  const verifier = randomBytes(32).toString('base64url');
  const client = { client_id: browser.clientId, redirect_uri: url + browser.redirectPath };
  const link = new URLSearchParams({
    ...client,
    response_type: 'code',
    scope: `${browser.scope} offline_access`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const redemption = new URLSearchParams({ grant_type: 'authorization_code', ...client, code_verifier: verifier });
  const refresh = new URLSearchParams({ grant_type: 'refresh_token', client_id: browser.clientId });
  const post = (form: URLSearchParams, more: string) => `curl -si -d "${form}" -d "${more}" "${issuer}/v1/token"`;
  const storeAs = (name: string, command: string) => `  ${name}=$(${command}); printf '%s\\n' "$${name}"`;
  const refreshed = (from: string) => post(refresh, `refresh_token=$(member refresh_token "$${from}")`);
  const admin = '-H "Authorization: Bearer $(token "scope=urn:opc:idm:__myscopes__")"';
  const grants = `${url}/v1/environments/${shown.environmentId}/applications/${browser.clientId}/grants`;
  const setGrants = (scope: string) => {
    const body = JSON.stringify({ grants: [{ resource: { name: shown.resource }, scopes: [scope] }] });
    return `  curl -i -X PUT ${admin} -H "Content-Type: application/json" -d '${body}' "${grants}"`;
  };
  return [
    `A person's sign-in, as ${users.join(' or ')}, password ${password}: open this in a browser → a page with the code`,
    `  ${issuer}/v1/authorize?${link}`,
    'Within a minute: paste the line from the page, code=…, into your shell, then redeem it → 200',
    storeAs('signed_in', post(redemption, 'code=$code')),
    "The person's token opens what it is for → 200",
    `  curl -i -H "Authorization: Bearer $(member access_token "$signed_in")" "${url}/live/reports"`,
    'Refresh: a new access token, and a new refresh token → 200',
    storeAs('refreshed', refreshed('signed_in')),
    'Take away the scope: the application keeps another one → 200',
    setGrants(shown.otherScope),
    'The refresh token holds a scope that is no longer granted → 400 invalid_scope',
    `  ${refreshed('refreshed')}`,
    'Give it back → 200',
    setGrants(browser.scope),
    'The same refresh token, which a refusal does not use up → 200',
    storeAs('again', refreshed('refreshed')),
    'A refresh token that was used before is taken for stolen → 400 invalid_grant',
    `  ${refreshed('refreshed')}`,
    'and all that came from the same sign-in goes with it → 400 invalid_grant',
    `  ${refreshed('again')}`,
  ];
}
