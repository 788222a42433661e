import { randomBytes } from 'node:crypto';
import { isUuid } from '../uuid.js';

/** The lower-case spelling of a UUID; `undefined` for anything else. */
export function parseUuid(value: unknown): string | undefined {
  const id = typeof value === 'string' ? value.toLowerCase() : undefined;
  return isUuid(id) ? id : undefined;
}

/**
 * The application that a client id stands for. Ids of PingOne's are UUIDs; those of an OCI IAM domain are the same digits
 * without hyphens.
 */
export function parseApplicationId(clientId: string | undefined): string | undefined {
  return parseUuid(clientId && hyphenate(clientId));
}

/** What has the length of a UUID's digits, with the hyphens of one; anything else as it is. */
export function hyphenate(id: string): string {
  if (id.length !== 32) return id;
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
}

/** Makes a new id for a moment in milliseconds since the epoch. */
export type IdGenerator = (time: number) => string;

/**
 * Makes UUIDs, version 7 (RFC 9562 §5.7). Ids of one generator sort in the order of creation, whatever the clock does;
 * those of several nearly so. New rows are then added at the end of an index, and a list by id is a list by age.
 */
export function createIdGenerator(): IdGenerator {
  let lastTime = 0;
  let sequence = 0;
  return (time) => {
    if (!Number.isFinite(time)) throw new TypeError('The clock gives no time.');
    const now = Math.floor(time);
    sequence = now > lastTime ? 0 : sequence + 1;
    if (sequence > 0xfff) {
      lastTime++;
      sequence = 0;
    }
    lastTime = Math.max(now, lastTime);
    return formatUuid(lastTime, sequence);
  };
}

function formatUuid(time: number, sequence: number): string {
  const digits = time.toString(16).padStart(12, '0');
  const random = randomBytes(8);
  random[0] = ((random[0] as number) & 0x3f) | 0x80;
  const tail = random.toString('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
