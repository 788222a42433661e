import {
  exactScopeModel,
  impliedScopeModel,
  resolveTokenRequest,
  type ScopeModelOption,
  segmentScopeModel,
  type TokenRequest,
} from 'scopegate';
import { type IssuanceCase, requestOf } from './fixtures/cases.js';

function resolve(granted: string, scopeModel: ScopeModelOption, more: Partial<TokenRequest>) {
  const grants = { reports: granted };
  const each: IssuanceCase = { source: 'no scope', why: '', grants, mode: 'Explicit', answer: {} };
  return resolveTokenRequest({ ...requestOf(each), scopeModel, ...more });
}

const implied = impliedScopeModel({ read: ['write'] });

test.each<[string, ScopeModelOption, string, string, boolean]>([
  ['implied', implied, 'write', 'read', true],
  ['implied', implied, 'read', 'write', false],
  ['exact', exactScopeModel(), 'write', 'read', false],
  ['exact', exactScopeModel(), 'urn:opc:resource:consumer:paas::all', 'urn:opc:resource:consumer:paas::read', false],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders:read', true],
  ['a function', (scope) => [scope, 'root'], 'root', 'anything', true],
])('issues the scopes that the grants cover by the model: %s', (_, model, granted, scope, isIssued) => {
  expect(resolve(granted, model, { scope })).toMatchObject(isIssued ? { scope } : { error: 'invalid_scope' });
});

test('a refresh can have the scopes that those of the refresh token cover by the model', () => {
  const refresh = (original: string, scope: string) =>
    resolve('write', implied, {
      grantType: 'refresh_token',
      refreshed: { grantType: 'authorization_code', scope: original },
      scope,
    });

  expect(refresh('write', 'read')).toMatchObject({ scope: 'read' });
  expect(refresh('read', 'write')).toMatchObject({ error: 'invalid_scope' });
});

test('a model that throws, or is none, is a mistake of the caller', () => {
  const broken = () => {
    throw new Error('x');
  };
  expect(() => resolve('read', broken, { scope: 'read' })).toThrow('The scope model broken threw');
  expect(() => resolve('read', 'exact' as never, { scope: 'read' })).toThrow('resolveTokenRequest(): "scopeModel"');
});
