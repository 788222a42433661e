import { GUARDS as PEERS } from '../peers/guards.mjs';
import { FLOORS, GUARDS as OWN } from './guards.mjs';

/** The peers of which the best is compared with ours. */
export const BEST_OF = Object.keys(PEERS);

/** The variants that requests are sent through, beside bare Express, in the order of the tables. */
export const VARIANTS = [...Object.keys(FLOORS), 'scopegate', 'scopegate, live grants', ...BEST_OF];

/** Whether it refuses any request. */
export function isGuarded(variant) {
  return variant !== 'bare' && !Object.hasOwn(FLOORS, variant);
}

/** `{ guards, close }`: middleware for the route of the application, and what ends it. */
export async function createGuards(variant, trust) {
  if (Object.hasOwn(OWN, variant)) return OWN[variant](trust);
  return { guards: await PEERS[variant](trust), close: async () => undefined };
}
