import { errors } from 'oidc-provider';

/** Waits for the database. If it is unavailable, the client gets 503 and may retry. */
export async function available<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) throw error;
    const unavailable = new errors.TemporarilyUnavailable('The authorization server cannot respond at the moment.');
    throw Object.assign(unavailable, { status: 503, statusCode: 503, cause: error });
  }
}
