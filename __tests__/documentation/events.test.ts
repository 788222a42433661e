import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { representActivity } from '../../lib/admin/representation/activity.js';
import { decisionRecord } from '../../lib/enforcement/record.js';
import { REFUSALS, Refusal, type RefusalReason } from '../../lib/enforcement/refusal.js';
import { ACTIVITY_TARGETS, type ActivityType } from '../../lib/grants/model.js';
import { allOf, anyOf, compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { readText } from '../support/sources.js';
import { tableRows } from './fixtures/tables.js';

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
}

/** Refuses members that the schema does not describe, which its users do not. */
function compile(name: string) {
  const schema: Schema = JSON.parse(readText(`docs/schemas/${name}.schema.json`));
  const ajv = new Ajv2020({ strictRequired: false });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...schema, additionalProperties: false });
  return { schema, faultsOf: (event: object) => (validate(JSON.parse(JSON.stringify(event))) ? [] : validate.errors) };
}

const decision = compile('decision-1');
const change = compile('change-1');

const accessToken = {
  payload: { iss: 'i', client_id: 'c', sub: 's', jti: 'j', aud: ['a'] },
  header: {},
  token: 'the.token.itself',
  scopes: scopeSet('a b'),
};
const required = compileRequirement(allOf('a', anyOf('b', 'c')));
const nothing = { accessToken: undefined, refusal: undefined, required: undefined, durationMs: 0.5 };

function toEvent({ error, ...record }: ReturnType<typeof decisionRecord>): object {
  const event = { schema: 'urn:scopegate:decision:1', time: '2031-05-01T12:00:00.000Z', method: 'GET', route: '/a' };
  return { ...event, ...record, ...(error !== undefined && { error: String(error) }) };
}

const eventOf = (reason: RefusalReason) => {
  const known = { unverified: accessToken.payload, scope: ['a'], cause: new Error('down') };
  const facts = { ...nothing, accessToken, required, warning: 'old keys', refusal: new Refusal(reason, known) };
  return toEvent(decisionRecord(facts));
};

test.each(Object.keys(REFUSALS) as RefusalReason[])(
  'the event of a refusal with the reason %s fits its schema',
  (reason) => {
    expect(decision.faultsOf(eventOf(reason))).toEqual([]);
  },
);

test('the events of permits fit their schema', () => {
  const permits = [{ accessToken, required }, { accessToken }, {}, { isPreflight: true }];
  for (const facts of permits) expect(decision.faultsOf(toEvent(decisionRecord({ ...nothing, ...facts })))).toEqual([]);
});

test('the schema of decisions describes every member, and no other', () => {
  const seen = new Set([eventOf('grants_unavailable'), eventOf('token_expired')].flatMap(Object.keys));
  expect([...seen].sort()).toEqual(Object.keys(decision.schema.properties).sort());
});

test.each<[string, object]>([
  ['an unknown reason', { reason: 'because' }],
  ['a permit with the status of a refusal', { outcome: 'permit' }],
  ['an outage with another status', { outcome: 'outage' }],
  ['a token', { token: 'a.b.c' }],
  ['another version', { schema: 'urn:scopegate:decision:2' }],
  ['a time that is none', { time: 'now' }],
])('the schema of decisions refuses %s', (_, wrong) => {
  expect(decision.faultsOf({ ...eventOf('token_expired'), ...wrong })).not.toEqual([]);
});

const types = ACTIVITY_TARGETS.flatMap((target) =>
  (['CREATED', 'UPDATED', 'DELETED'] as const).map((verb): ActivityType => `${target}.${verb}`),
);

test.each(types)('the event of the change %s fits its schema', (type) => {
  const activity = {
    id: '0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e',
    environmentId: '0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e',
    recordedAt: '2031-05-01T12:00:00.000Z',
    targetId: '0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e',
    actor: { client: 'console', subject: 'ada' },
    correlationId: 'c',
    transactionId: 't',
    before: { name: 'a' },
    after: { name: 'b' },
  };
  const event = { schema: 'urn:scopegate:change:1', ...representActivity({ ...activity, type }) };
  expect(change.faultsOf(event)).toEqual([]);
  expect(Object.keys(event).sort()).toEqual(Object.keys(change.schema.properties).sort());
  expect(change.faultsOf({ ...event, action: { type: `${type}!` } })).not.toEqual([]);
});

test('the table of who has to act has every reason, in the order of the code', () => {
  const reasons = tableRows('table: who').map(([reason]) => /^\[`(\w+)`\]/.exec(reason ?? '')?.[1]);
  expect(reasons).toEqual(Object.keys(REFUSALS));
});
