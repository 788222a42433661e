import { exactScopeModel, type ScopeModel } from 'scopegate';
import { scopeModelLaws } from 'scopegate/testing';

const table = (rows: Record<string, string[]>) => (required: string) => rows[required] ?? [required];

test('a model that is right has no counterexample', () => {
  expect(scopeModelLaws(exactScopeModel(), ['a', 'b', 'a'])).toEqual([]);
  expect(scopeModelLaws(table({ a: ['a', 'b', 'c'], b: ['b', 'c'] }), ['a', 'b', 'c', 'd'])).toEqual([]);
});

test('reports a scope that does not cover itself', () => {
  expect(scopeModelLaws(table({ a: ['b'] }), ['a', 'b'])).toContainEqual({
    law: 'reflexivity',
    scopes: ['a'],
    sentence: 'a does not cover itself.',
  });
});

test('reports a chain that is broken, also by scopes that are not among those given', () => {
  const expected = {
    law: 'transitivity',
    scopes: ['c', 'b', 'a'],
    sentence: 'c covers b, which covers a; but c does not cover a.',
  };

  expect(scopeModelLaws(table({ a: ['a', 'b'], b: ['b', 'c'] }), ['a'])).toEqual([expected]);
});

test('reports an intersection that leaves out what both cover', () => {
  const model = table({ read: ['read', 'write', 'admin'] });

  expect(scopeModelLaws(model, ['read', 'write', 'admin'])).toEqual([
    {
      law: 'greatest lower bound',
      scopes: ['write', 'admin', 'read'],
      sentence: 'The intersection of write and admin does not cover read, which both cover.',
    },
    expect.objectContaining({ scopes: ['admin', 'write', 'read'] }),
  ]);
});

test('reports an intersection that has more than both cover', () => {
  const model: ScopeModel = { ...exactScopeModel(), name: 'greedy', coveringScopes: (a) => [a], intersect: (a) => [a] };

  expect(scopeModelLaws(model, ['a', 'b'])).toContainEqual({
    law: 'greatest lower bound',
    scopes: ['a', 'b', 'a'],
    sentence: 'The intersection of a and b has a, which they do not both cover.',
  });
});

test('throws where the model throws, and for what is no scope', () => {
  const broken = () => {
    throw new Error('x');
  };
  expect(() => scopeModelLaws(broken, ['a'])).toThrow('The scope model broken threw');
  expect(() => scopeModelLaws(exactScopeModel(), ['a b'])).toThrow(TypeError);
  expect(() => Reflect.apply(scopeModelLaws, undefined, ['exact', []])).toThrow('scopeModelLaws(): "scopeModel"');
});
