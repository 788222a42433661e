import type { Client } from 'pg';

/** Backoff before a lost connection is replaced, in milliseconds; each failure doubles it, up to the maximum. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;

/**
 * Listens on a channel, over a connection of its own. A lost connection is replaced; notifications in between are
 * missed, so `wake` is called on every reconnect.
 *
 * @returns ends it
 */
export function listener(connect: () => Client, channel: string, wake: () => void): () => void {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_BACKOFF_MS;
  let isEnded = false;

  function beginLater(): void {
    if (isEnded) return;
    timer = setTimeout(begin, pause);
    timer.unref();
    pause = Math.min(2 * pause, MAX_BACKOFF_MS);
  }

  function begin(): void {
    let own: Client;
    try {
      own = connect();
    } catch {
      beginLater(); // a file that its settings name may be away for a moment
      return;
    }
    client = own;
    let isLost = false;
    const lost = () => {
      if (isLost) return;
      isLost = true;
      own.end().catch(() => undefined);
      beginLater();
    };
    own.on('error', lost);
    own.on('end', lost);
    own.on('notification', wake);
    own
      .connect()
      .then(() => own.query(`listen "${channel}"`))
      .then(() => {
        unref(own);
        pause = FIRST_BACKOFF_MS;
        wake();
      })
      .catch(lost);
  }

  begin();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    client?.end().catch(() => undefined);
  };
}

/** Listening keeps no program alive. */
function unref(client: Client): void {
  (client as unknown as { connection?: { stream?: { unref?(): void } } }).connection?.stream?.unref?.();
}
