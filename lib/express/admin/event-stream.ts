import type { Request, Response } from 'express';
import type { SendEvent } from '../../admin/decisions/decision-events.js';
import type { Gate } from '../../http/gate.js';
import { sendError } from './response.js';

/** Bytes that wait for a slow client. */
const MAX_PENDING = 1_048_576;

/**
 * Sends server-sent events (WHATWG HTML §9.2) until the client leaves, or the access of its token ends: it expires, or live
 * grants refuse it. The last event, `end`, says why.
 *
 * @param open begins the events, and returns what ends them; `undefined` where too many are open
 */
export function sendEvents(
  req: Request,
  res: Response,
  gate: Gate,
  open: (send: SendEvent) => (() => void) | undefined,
): void {
  const access = gate.watch(gate.auth(req));
  let end: (() => void) | undefined;
  let hasBegun = false;
  const send: SendEvent = ({ name, data }) => {
    if (!hasBegun) startEvents(res);
    hasBegun = true;
    if (res.writableLength > MAX_PENDING || res.writableEnded) return false;
    res.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    return true;
  };
  res.on('close', () => {
    end?.();
    access.end();
  });
  end = open(send);
  if (end === undefined) {
    access.end();
    sendError(req, res, 'unavailable');
    return;
  }
  const finish = () => {
    end?.();
    if (!res.writableEnded) res.end(`event: end\ndata: ${JSON.stringify({ reason: access.reason })}\n\n`);
  };
  if (req.method === 'HEAD') res.end();
  else if (access.signal.aborted || req.socket.destroyed) finish();
  else access.signal.addEventListener('abort', finish);
}

function startEvents(res: Response): void {
  res.status(200).vary('Accept');
  res.setHeader('Content-Type', 'text/event-stream');
  res.setHeader('X-Accel-Buffering', 'no'); // nginx would keep events back
  res.flushHeaders();
}
