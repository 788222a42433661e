export { explain } from './explain/explain.js';
export type { ExplainedRoute, ExplainOptions } from './explain/explain-options.js';
export type { ExplainedStep, Explanation, MissingGrant, Remedy, StepName, Withdrawal } from './explain/explanation.js';
export { REMEDIES } from './explain/remedies.js';
