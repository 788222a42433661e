import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './key-server.js';

/** Writes a text byte by byte, one a second, and nothing after its end. */
function drip(text: string, socket: Socket | ServerResponse): void {
  const bytes = [...text];
  const timer = setInterval(() => {
    const byte = bytes.shift();
    if (byte === undefined || socket.destroyed) clearInterval(timer);
    else socket.write(byte);
  }, 1000);
}

/** Whatever a key endpoint may do to keep those waiting who ask it for `keys`. */
export function slowAnswers(keys: readonly object[]): [name: string, Answer][] {
  const set = JSON.stringify({ keys });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${set.length}\r\n\r\n`;
  return [
    ['says nothing', () => undefined],
    ['falls silent in its head', (req) => void req.socket.write(head.slice(0, 30))],
    ['falls silent after its head', (_req, res) => res.writeHead(200).flushHeaders()],
    ['falls silent in the middle of its keys', (_req, res) => void res.write(set.slice(0, 40))],
    ['falls silent one byte before the end', (req) => void req.socket.write(head + set.slice(0, -1))],
    ['falls silent after a head with status 500', (_req, res) => res.writeHead(500).flushHeaders()],
    ['sends one byte of its head a second', (req) => drip(head + set, req.socket)],
    [
      'sends one byte of its keys a second',
      (_req, res) => {
        res.writeHead(200).flushHeaders();
        drip(set, res);
      },
    ],
    [
      'sends all but the last byte at once, and spaces for ever',
      (_req, res) => {
        res.write(set.slice(0, -1));
        drip(' '.repeat(60), res);
      },
    ],
    [
      'hints at its answer for ever (103)',
      (_req, res) => {
        const timer = setInterval(() => {
          if (res.destroyed) clearInterval(timer);
          else res.writeEarlyHints({ link: '</jwks>; rel=preload' });
        }, 250);
        res.on('close', () => clearInterval(timer));
      },
    ],
  ];
}
