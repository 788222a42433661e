import { multiplyRuns } from '../support/property-runs.js';

// Imported before the tests whose properties it concerns.
multiplyRuns(20);
