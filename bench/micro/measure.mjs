import { respond } from '../common/processes.mjs';
import { measureCache } from './cache.mjs';
import { measureDecisions } from './decision.mjs';
import { measureVerification } from './verification.mjs';

/** The process of the small measurements; each kind has one of its own. */
respond({
  verification: ({ trust, tokens }) => measureVerification(trust, tokens),
  decisions: () => measureDecisions(),
  cache: () => measureCache(),
});
