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

/** Writes a text, and then another one again and again, as fast as it is read, until nobody does. */
function pour(text: string, piece: string): Answer {
  const pieces = piece.repeat(Math.ceil(65_536 / piece.length));
  return ({ socket }) => {
    const more = () => {
      while (!socket.destroyed && socket.write(pieces));
    };
    socket.write(text);
    socket.on('drain', more);
    more();
  };
}

/** Whatever a key endpoint may do to keep those waiting who ask it for `keys`. */
export function slowAnswers(keys: readonly object[]): [name: string, Answer][] {
  const set = JSON.stringify({ keys });
  const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
  const head = `${ok}content-length: ${set.length}\r\n\r\n`;
  const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
  const chunk = `${set.length.toString(16)}\r\n${set}\r\n`;
  return [
    ['says nothing', () => undefined],
    ['falls silent in its head', (req) => void req.socket.write(head.slice(0, 30))],
    ['falls silent after its head', (_req, res) => res.writeHead(200).flushHeaders()],
    ['falls silent after a head with status 500', (_req, res) => res.writeHead(500).flushHeaders()],
    ['falls silent in the middle of its keys', (_req, res) => void res.write(set.slice(0, 40))],
    ['falls silent one byte before the end', (req) => void req.socket.write(head + set.slice(0, -1))],
    ['falls silent before the last chunk', (req) => void req.socket.write(chunked + chunk)],
    ['sends one byte of its head a second', (req) => drip(head + set, req.socket)],
    [
      'sends one byte of its keys a second',
      (_req, res) => {
        res.writeHead(200).flushHeaders();
        drip(set, res);
      },
    ],
    [
      'sends its keys at once, and a space a second for ever',
      (_req, res) => {
        res.write(set);
        drip(' '.repeat(60), res);
      },
    ],
    ['hints at its answer for ever (103)', pour('', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['sends empty lines for ever', pour('', '\r\n')],
    ['sends a chunk extension for ever', pour(`${chunked}${set.length.toString(16)};`, 'x'.repeat(1000))],
    ['sends chunks of one byte for ever', pour(chunked, '1\r\n \r\n')],
    ['sends trailers for ever', pour(`${chunked}${chunk}0\r\n`, `x-more: ${'x'.repeat(100)}\r\n`)],
    ['sends answers for ever that nobody has asked for', pour(head + set, head + set)],
  ];
}
