import { z } from 'zod';
import type { Detail } from '../../grants/errors.js';

/**
 * A member with one of the values `allowed`. A value of PingOne's that is out of scope here is refused with the reason,
 * any other like a misspelt one.
 */
export function outOfScope<const Allowed extends readonly string[]>(
  target: string,
  refused: readonly string[],
  allowed: Allowed,
) {
  function refuse(value: unknown, { issues }: z.core.ParsePayload): unknown {
    const known = refused.find((each) => each === value);
    if (known !== undefined) {
      const detail: Detail = {
        code: 'INVALID_VALUE',
        target,
        message: `${target} ${known} is out of scope: this API administers OAuth clients, since no others hold grants.`,
        innerError: { allowedValues: allowed },
      };
      issues.push({ code: 'custom', input: value, params: { detail } });
    }
    return value;
  }
  return z.preprocess(refuse, z.enum(allowed));
}
