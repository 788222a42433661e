import type { Failure, Outcome } from '../../demo-app/front-door/outcome.js';
import { failures } from '../strings.js';
import type { PageFailure } from './banner.js';

export type ActionName = 'token' | 'call' | 'remove' | 'grant' | 'take-back';

export type ActionResult =
  | { readonly ok: true; readonly outcome: Outcome }
  | { readonly ok: false; readonly failure: PageFailure };

export interface ActionInput {
  readonly story?: string | undefined;
  readonly accessToken?: string | undefined;
}

/** Asks the page's own server for one of the five actions. */
export async function runAction(name: ActionName, { story, accessToken }: ActionInput): Promise<ActionResult> {
  try {
    const response = await fetch(`/front-door/${name}`, {
      method: 'POST',
      credentials: 'omit',
      headers: {
        'Content-Type': 'application/json',
        ...(accessToken !== undefined && { Authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ ...(story !== undefined && { story }) }),
    });
    const body = (await response.json()) as Outcome | Failure;
    if (!('error' in body)) return response.ok ? { ok: true, outcome: body } : { ok: false, failure: 'unavailable' };
    return { ok: false, failure: body.error in failures ? body.error : 'unavailable' };
  } catch {
    return { ok: false, failure: 'network' };
  }
}
