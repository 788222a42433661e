import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import express from 'express';
import request from 'supertest';
import { testIssuer } from '../../lib/testing.js';
import { readPage } from './pages.js';

const codeBlocks = (language: string) =>
  readPage('README.md')
    .blocks.filter((block) => block.language === language)
    .map(({ code }) => code);
const examples = codeBlocks('ts');

/** What the examples leave to the reader. */
const PRELUDE = `
import type { Express, RequestHandler } from 'express';
import type { Gate, TokenVerifier } from 'scopegate';
declare global {
  const app: Express;
  const create: RequestHandler;
  const remove: RequestHandler;
  const list: RequestHandler;
  const verifier: TokenVerifier;
  const log: { info(entry: object): void };
  function createApp(gate: Gate): Express;
}
`;

/** Imports of the names that an example uses without saying so, as a reader would add them. */
function selfContained(code: string): string {
  const values = ['allOf', 'anyOf', 'createGate', 'liveGrants', 'MY_SCOPES'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(code),
  );
  const bearerAuth = code.includes('bearerAuthVerifier(')
    ? `import { bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';\n`
    : '';
  const imports = code.includes('import ') ? '' : `import { ${values.join(', ')} } from 'scopegate';\n`;
  const theirs = /\bauth\(\{/.test(code) ? `import { auth } from 'express-oauth2-jwt-bearer';\n` : '';
  const sqlite = code.includes('openSqliteStore(') ? `import { openSqliteStore } from 'scopegate/sqlite';\n` : '';
  const express = /: Request\b/.test(code) ? `import type { Request } from 'express';\n` : '';
  const supertest = code.includes('request(') ? `import request from 'supertest';\n` : '';
  const gate =
    /\bgate\b/.test(code) && !code.includes('const gate')
      ? `import type { Gate } from 'scopegate';\ndeclare const gate: Gate;\n`
      : '';
  return `${imports}${bearerAuth}${theirs}${express}${code.includes('import ') ? '' : sqlite}${supertest}${gate}${code}
export {};
`;
}

test('every README example compiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-readme-'));
  try {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
    const compilerOptions = {
      rootDir: '/',
      noUnusedLocals: false,
      types: ['node'],
      typeRoots: [resolve('node_modules/@types')],
      noEmit: true,
      paths: {
        scopegate: [resolve('lib/index.ts')],
        'scopegate/*': [resolve('lib/*.ts')],
      },
    };
    const include = [folder];
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, include }),
    );
    writeFileSync(join(folder, 'prelude.d.ts'), PRELUDE);
    examples.forEach((code, i) => {
      writeFileSync(join(folder, `example-${i + 1}.ts`), selfContained(code));
    });
    const { stdout, status } = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]);

    expect(stdout.toString()).toBe('');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Runs an example as it stands, with the modules it imports. */
async function run(code: string, variables: Record<string, unknown> = {}): Promise<void> {
  const body = code.replace(/^([\s\S]*)$/, (whole) => {
    const imports = whole.match(/^import .*$/gm) ?? [];
    const rest = whole.replace(/^import .*$/gm, '');
    return `${imports.join('\n')}\nexport const done = (async () => {${rest}})();`;
  });
  const compiled = transformSync(body, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const module = { exports: {} as { done?: Promise<void> } };
  const names = Object.keys(variables);
  new Function('require', 'exports', ...names, compiled.code)(
    requireFromHere,
    module.exports,
    ...Object.values(variables),
  );
  await module.exports.done;
}

const MODULES: Record<string, () => unknown> = {
  express: () => ({ __esModule: true, default: express }),
  scopegate: () => jest.requireActual('../../lib/index.js'),
  'scopegate/testing': () => jest.requireActual('../../lib/testing.js'),
};

function requireFromHere(name: string): unknown {
  const load = MODULES[name];
  if (load === undefined) throw new Error(`An example imports ${name}; tell this test where it is.`);
  return load();
}

describe('the first README example', () => {
  const url = 'https://idcs-0a1b.identity.oraclecloud.com';
  const issuer = testIssuer({ url, tenant: 'idcs-0a1b' });
  let app: RequestListener;

  beforeAll(async () => {
    jest.spyOn(globalThis, 'fetch').mockImplementation((address) => issuer.fetch(String(address)));
    const listen = jest.spyOn(express.application, 'listen').mockImplementation(function (this: RequestListener) {
      app = this;
      return undefined as never;
    });
    await run(examples[0] as string);
    listen.mockRestore();
  });
  afterAll(() => jest.restoreAllMocks());

  const get = (token?: string) => {
    const got = request(app).get('/reports');
    return token === undefined ? got : got.set('Authorization', `Bearer ${token}`);
  };

  test('the first example lets a token with a broader scope through', async () => {
    const token = issuer.token({ scope: 'urn:opc:resource:consumer:paas::read' });
    await get(token).expect(200, { reader: 'test-client' });
  });

  test('the first example sends the responses that the README shows', async () => {
    const [unauthorized, expired, forbidden] = codeBlocks('http').map(
      (block) => /^WWW-Authenticate: (.*)$/m.exec(block)?.[1],
    );
    const [body] = codeBlocks('json').map((block) => JSON.parse(block));
    const narrow = issuer.token({ scope: 'urn:opc:resource:consumer:paas:analytics::write' });

    expect((await get().expect(401)).headers['www-authenticate']).toBe(unauthorized);
    expect((await get(issuer.expiredToken()).expect(401)).headers['www-authenticate']).toBe(expired);
    const refused = await get(narrow).expect(403);
    expect(refused.headers['www-authenticate']).toBe(forbidden);
    expect(refused.body).toEqual(body);
  });
});

test('the README example for tests passes', async () => {
  const example = examples.find((code) => code.includes('testIssuer()')) as string;
  const createApp = (gate: { require(scope: string): express.RequestHandler }) =>
    express().get('/reports', gate.require('urn:opc:resource:consumer:paas:analytics::read'), (_req, res) => {
      res.json({});
    });

  await run(example, { createApp, request });
});
