// One shape for every lane: a project is its files, and what differs.

const entryPoints = {
  '^scopegate$': '<rootDir>/lib/index.ts',
  '^scopegate/([\\w-]+)$': '<rootDir>/lib/$1.ts',
};

const transform = {
  '\\.[cm]?[jt]s$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
  ],
};

/** Packages that ship ES modules only. */
const esModules = ['jose', 'oidc-provider', 'openid-client', 'oauth4webapi', 'koa'];

export function project(displayName, testMatch, { moduleNameMapper = {}, ...settings } = {}) {
  return {
    displayName,
    rootDir: import.meta.dirname,
    testMatch: testMatch.map((pattern) => `<rootDir>/__tests__/${pattern}`),
    globalSetup: '<rootDir>/__tests__/support/shared-postgres.ts',
    globalTeardown: '<rootDir>/__tests__/support/shared-postgres-stop.ts',
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'], ...entryPoints, ...moduleNameMapper },
    transform,
    transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
    ...settings,
  };
}

export default {
  projects: [
    project('express 5', ['**/*.test.ts']),
    project(
      'express 4',
      ['{express,http}/**/*.test.ts', 'demo-app/**/*.test.ts', 'hostile/{hostile,owasp-*}.test.ts'],
      { moduleNameMapper: { '^express(/.*)?$': 'express-4$1' } },
    ),
    project('faults', ['faults/**/*.faults.ts'], { testTimeout: 120_000 }),
  ],
};
