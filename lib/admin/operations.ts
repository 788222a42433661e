import { activityOperations } from './operations/activities.js';
import { applicationOperations } from './operations/applications.js';
import { emptyListOperations } from './operations/empty-lists.js';
import { environmentOperations } from './operations/environments.js';
import { explanationOperations } from './operations/explanations.js';
import { gateOperations } from './operations/gates.js';
import { grantOperations } from './operations/grants.js';
import type { Operation } from './operations/operation.js';
import { resourceOperations } from './operations/resources.js';
import { scopeOperations } from './operations/scopes.js';
import { secretOperations } from './operations/secrets.js';
import { usageOperations } from './operations/usage.js';

/** The whole admin API. */
export const OPERATIONS: readonly Operation[] = [
  ...environmentOperations,
  ...resourceOperations,
  ...scopeOperations,
  ...applicationOperations,
  ...secretOperations,
  ...grantOperations,
  ...emptyListOperations,
  ...activityOperations,
  ...explanationOperations,
  ...gateOperations,
  ...usageOperations,
];
