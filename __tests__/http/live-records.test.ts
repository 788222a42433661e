import { PAAS, STACK } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const STRANGER = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';

describe('records for observers', () => {
  const ISS = 'https://identity.oraclecloud.com/';
  const claims = { sub: 'ada', jti: 'j1', scope: `${PAAS} openid` };
  const whose = (client: string) => ({
    issuer: ISS,
    client,
    subject: 'ada',
    jti: 'j1',
    audience: [expect.any(String)],
  });

  test("records the token's scopes and the covering scope of a permitted request", async () => {
    const { grant, send, record, clientId } = await liveGate();
    await grant(PAAS, STACK);
    await send('/require', claims);
    expect(record()).toEqual({
      outcome: 'permit',
      reason: 'covered',
      required: PAAS,
      held: [PAAS, 'openid'],
      coverage: [{ required: PAAS, by: PAAS }],
      ...whose(clientId),
    });
  });

  test('records that the application is no longer granted the scope', async () => {
    const { grant, send, record, clientId } = await liveGate();
    await grant('openid');
    await send('/require', claims);
    expect(record()).toEqual({
      outcome: 'deny',
      reason: 'insufficient_scope',
      status: 403,
      detail: `The token covers ${PAAS}, but its application is no longer granted it.`,
      required: PAAS,
      sufficient: [PAAS],
      held: [PAAS, 'openid'],
      coverage: [],
      ...whose(clientId),
    });
  });

  test('records that the token itself lacks the scope', async () => {
    const { grant, send, record } = await liveGate();
    await grant(PAAS);
    await send('/require', { scope: 'openid' });
    expect(record()).toMatchObject({
      reason: 'insufficient_scope',
      detail: `Nothing covers ${PAAS}; the token holds openid.`,
      held: ['openid'],
    });
  });

  test.each<[string, object, string, string]>([
    ['revoked', {}, 'application_revoked', 'The access token was revoked.'],
    [
      'unknown',
      { client_id: STRANGER },
      'application_unknown',
      'The access token is for an application that is not known.',
    ],
  ])('records that the application is %s', async (_, more, reason, detail) => {
    const { send, record, clientId } = await liveGate();
    await send('/authenticate', { ...claims, ...more });
    expect(record()).toEqual({
      outcome: 'deny',
      reason,
      status: 401,
      detail,
      held: [PAAS, 'openid'],
      ...whose(clientId),
      ...('client_id' in more && { client: more.client_id }),
    });
  });
});
