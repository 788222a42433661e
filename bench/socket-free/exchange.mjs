import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { PATH, preparedClasses } from '../common/hosts.mjs';

/**
 * Requests and responses of `node:http` without a network: a request is made as the parser leaves it, the response
 * writes to a stream that forgets. The objects have Express's prototypes from the beginning, so that the cost of
 * changing those does not hide what a middleware adds.
 *
 * @returns a function that has the application answer these tokens, all at once, and resolves when they are answered
 */
export function exchanges(app) {
  const { IncomingMessage, ServerResponse } = preparedClasses(app);
  const socket = new Socket();
  const idle = [];

  return function answer(tokens, expected) {
    return new Promise((resolve, reject) => {
      let left = tokens.length;
      for (const token of tokens) {
        const sink = idle.pop() ?? nowhere();
        const req = requestWith(new IncomingMessage(socket), token);
        const res = new ServerResponse(req);
        res.assignSocket(sink);
        res.on('finish', () => {
          res.detachSocket(sink);
          idle.push(sink);
          if (res.statusCode !== expected) reject(new Error(`answered with ${res.statusCode}, not ${expected}`));
          if (--left === 0) resolve();
        });
        app(req, res);
      }
    });
  };
}

function requestWith(req, token) {
  req.method = 'GET';
  req.url = PATH;
  req.httpVersion = '1.1';
  req.httpVersionMajor = 1;
  req.httpVersionMinor = 1;
  // As node:http does it: what they mean is worked out where somebody asks.
  const authorization = Buffer.from(`Bearer ${token}`, 'latin1').toString('latin1'); // in one piece, as the parser's texts
  const headers = ['Host', '127.0.0.1', 'Connection', 'keep-alive', 'Authorization', authorization];
  req._addHeaderLines(headers, headers.length);
  return req;
}

function nowhere() {
  return new Writable({ write: (_chunk, _encoding, done) => done(), writev: (_chunks, done) => done() });
}
