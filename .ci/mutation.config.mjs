// The tests that mutants have to get past: those of the pure folders, which need no database and no Express.
import { readFileSync } from 'node:fs';

const { jest } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const express5 = jest.projects.find(({ displayName }) => displayName === 'express 5');
const { globalSetup: _start, globalTeardown: _stop, ...project } = express5;

export default {
  ...project,
  rootDir: '..',
  testMatch: ['<rootDir>/__tests__/{scope,token,decision,enforcement}/**/*.test.ts'],
  setupFilesAfterEnv: ['<rootDir>/.ci/mutation-setup.cjs'],
  testTimeout: 60_000,
};
