import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import type { Clock } from '../../lib/clock.js';
import { bearerAuthVerifier } from '../../lib/express/oauth2-jwt-bearer/bearer-auth-verifier.js';
import { senderConstrainedVerifier } from '../../lib/express/oauth2-jwt-bearer/sender-constrained-verifier.js';
import { createGate } from '../../lib/http/gate.js';
import { jwtVerifier } from '../../lib/token/jwt/jwt-verifier.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';

// The program of a child process, run by `gate-processes.ts`: an application with gates, whose keys come from wherever
// the test says. An error that nobody expects ends it, and SIGTERM closes its server and nothing else.

export type VerifierKind = 'jwtVerifier' | 'senderConstrainedVerifier' | 'bearerAuthVerifier';

/** What a verifier of any kind is told. */
export interface KeysFrom {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

export type GateTask =
  /** Makes a gate, and begins to measure the memory. The value is its path. */
  | { readonly do: 'mount'; readonly kind: VerifierKind; readonly keysFrom: KeysFrom }
  /** Moves the clocks of all gates by so many milliseconds. Without `monotonic`, somebody has set the time of day. */
  | { readonly do: 'shift'; readonly wall: number; readonly monotonic: number }
  /** The value is by how many bytes the process was larger than at the last `mount`, at most. */
  | { readonly do: 'measure' };

const shifts = { wall: 0, monotonic: 0 };
const clock: Clock = {
  now: () => Date.now() + shifts.wall,
  monotonic: () => performance.now() + shifts.monotonic,
};

const VERIFIERS: Readonly<Record<VerifierKind, (keysFrom: KeysFrom) => TokenVerifier>> = {
  jwtVerifier: (keysFrom) => jwtVerifier({ ...keysFrom, clock }),
  senderConstrainedVerifier: (keysFrom) => senderConstrainedVerifier({ ...keysFrom, clock }),
  bearerAuthVerifier: (keysFrom) => bearerAuthVerifier({ auth: auth(keysFrom) }),
};

const app = express();
const memory = { before: 0, peak: 0 };
let mounted = 0;

function perform(task: GateTask): unknown {
  switch (task.do) {
    case 'mount':
      memory.before = memory.peak = process.memoryUsage.rss();
      return mount(VERIFIERS[task.kind](task.keysFrom));
    case 'shift':
      shifts.wall += task.wall;
      shifts.monotonic += task.monotonic;
      return undefined;
    case 'measure':
      watchMemory();
      return memory.peak - memory.before;
  }
}

function mount(verifier: TokenVerifier): string {
  const path = `/${++mounted}`;
  app.get(path, createGate({ verifier }).require('read'), (_req, res) => {
    res.end();
  });
  return path;
}

function watchMemory(): void {
  memory.peak = Math.max(memory.peak, process.memoryUsage.rss());
}

setInterval(watchMemory, 10).unref();
const server = createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', ({ id, task }: { id: number; task: GateTask }) => {
  process.send?.({ id, value: perform(task) });
});
process.channel?.unref(); // the server alone keeps the process
process.once('SIGTERM', () => server.close());
process.send?.({ port: (server.address() as AddressInfo).port });
