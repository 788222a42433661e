import { errors } from 'oidc-provider';

/** Waits for the database; where it cannot answer, the client is told to come again: 503, not that it is at fault. */
export async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) throw error;
    const unavailable = new errors.TemporarilyUnavailable('The authorization server cannot answer at the moment.');
    throw Object.assign(unavailable, { status: 503, statusCode: 503, cause: error });
  }
}
