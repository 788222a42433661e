// The tests that mutants have to get past: those of the pure folders, which need no database and no Express.
import { project } from '../jest.config.mjs';

const {
  globalSetup: _start,
  globalTeardown: _stop,
  ...settings
} = project('mutation', ['{scope,token,decision,enforcement}/**/*.test.ts']);

export default { ...settings, setupFilesAfterEnv: ['<rootDir>/.ci/mutation-setup.cjs'], testTimeout: 60_000 };
