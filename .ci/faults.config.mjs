import { readFileSync } from 'node:fs';

// The tests that need more time than belongs into the default run, under the conditions of the others.

const { jest } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export default {
  ...jest.projects.find(({ displayName }) => displayName === 'express 5'),
  displayName: 'faults',
  rootDir: '..',
  testMatch: ['<rootDir>/__tests__/faults/**/*.faults.ts'],
  testTimeout: 120_000,
};
