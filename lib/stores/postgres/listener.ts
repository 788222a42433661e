import type { Client } from 'pg';

/** Backoff before a lost connection is replaced, in milliseconds; each failure doubles it, up to the maximum. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;

/** How often the connection is asked whether it is still there, in milliseconds: a network may swallow what is sent. */
const HEARTBEAT_MS = 15_000;

/**
 * Listens on a channel, over a connection of its own. A lost connection is replaced; notifications in between are
 * missed, so `wake` is called on every reconnect.
 *
 * @param connect makes a client whose `query_timeout` ends the wait for the response to a heartbeat
 * @returns ends it
 */
export function listener(
  connect: () => Client,
  channel: string,
  wake: () => void,
  heartbeat = HEARTBEAT_MS,
): () => void {
  const listening = new Listener(connect, channel, wake, heartbeat);
  listening.begin();
  return () => listening.end();
}

class Listener {
  readonly #connect: () => Client;
  readonly #channel: string;
  readonly #wake: () => void;
  readonly #heartbeat: number;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_BACKOFF_MS;
  #isEnded = false;

  constructor(connect: () => Client, channel: string, wake: () => void, heartbeat: number) {
    this.#connect = connect;
    this.#channel = channel;
    this.#wake = wake;
    this.#heartbeat = heartbeat;
  }

  begin(): void {
    try {
      this.#client = this.#connect();
    } catch {
      this.#beginLater(); // a file that its settings name may be away for a moment
      return;
    }
    const client = this.#client;
    const lose = () => this.#replace(client);
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', this.#wake);
    this.#listen(client).catch(lose);
  }

  async #listen(client: Client): Promise<void> {
    await client.connect();
    await client.query(`listen "${this.#channel}"`);
    unref(client);
    this.#pause = FIRST_BACKOFF_MS;
    this.#wake();
    this.#beatLater(client);
  }

  #beatLater(client: Client): void {
    if (client !== this.#client || this.#isEnded) return;
    const beat = () => client.query('select 1');
    this.#runLater(this.#heartbeat, () => {
      beat().then(
        () => this.#beatLater(client),
        () => this.#replace(client),
      );
    });
  }

  /** Once for each client, however often it fails. */
  #replace(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#beginLater();
  }

  #beginLater(): void {
    this.#runLater(this.#pause, () => this.begin());
    this.#pause = Math.min(2 * this.#pause, MAX_BACKOFF_MS);
  }

  /** There is one timer: a connection either beats or is replaced. */
  #runLater(milliseconds: number, run: () => void): void {
    clearTimeout(this.#timer);
    if (this.#isEnded) return;
    this.#timer = setTimeout(run, milliseconds);
    this.#timer.unref();
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#client?.end().catch(() => undefined);
  }
}

/** Listening keeps no program alive. */
function unref(client: Client): void {
  (client as unknown as { connection?: { stream?: { unref?(): void } } }).connection?.stream?.unref?.();
}
