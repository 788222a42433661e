import express from 'express';
import { loadExpress } from '../../../lib/express/admin/load-express.js';

function failing(code: string, message: string): () => never {
  return () => {
    throw Object.assign(new Error(message), { code });
  };
}

test('loads the Express of the application', () => {
  expect(loadExpress().Router).toBe(express.Router);
});

test('reports a missing Express in one sentence with the command that installs it', () => {
  const load = failing('MODULE_NOT_FOUND', "Cannot find module 'express'\nRequire stack: …");
  expect(() => loadExpress(load)).toThrow(
    expect.objectContaining({ message: "grantsRouter() needs the package express: npm install 'express@^5'" }),
  );
});

test.each([
  ['a package that Express needs is missing', failing('MODULE_NOT_FOUND', "Cannot find module 'body-parser'")],
  ['Express itself fails', failing('ERR_OTHER', "broken 'express'")],
])('passes the error on when %s', (_, load) => {
  expect(() => loadExpress(load)).toThrow(/body-parser|broken/);
});
