import { multiplyRuns } from '../support/runs.js';

// Imported before the tests whose properties it concerns.
multiplyRuns(20);
