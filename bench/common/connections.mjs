import { connect } from 'node:net';
import { PATH } from './guarded-app.mjs';

/** Sends each token once, and waits for all responses. */
export async function send(connections, tokens, expected) {
  let sent = 0;
  const use = async ({ exchange }) => {
    while (sent < tokens.length) {
      const status = await exchange(tokens[sent++]);
      if (status !== expected) throw new Error(`received status ${status}; expected ${expected}`);
    }
  };
  await Promise.all(connections.map(use));
}

/** A connection that is kept alive. Whatever fails on it ends the process. */
export function connectionTo(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
  let received = '';
  let settle;
  socket.on('data', (text) => {
    received += text;
    const [head, body] = received.split('\r\n\r\n');
    if (body?.length !== Number(/^content-length: (\d+)/im.exec(head)?.[1])) return;
    received = '';
    settle(Number(head.split(' ')[1]));
  });
  const exchange = (token) => {
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    return new Promise((resolve) => {
      settle = resolve;
    });
  };
  return { exchange, close: () => socket.destroy() };
}
