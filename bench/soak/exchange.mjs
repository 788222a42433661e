import { Agent, request } from 'node:http';

/** One connection that is kept, as a client has it. */
export function connection(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Sends a request and reads its response; `status` is the code of the error where there is none. */
  function exchange({ method = 'GET', path, authorization, headers = {}, body }) {
    return new Promise((resolve) => {
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const outgoing = request({
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          ...(authorization !== undefined && { Authorization: authorization }),
          ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
          ...headers,
        },
      });
      outgoing.on('error', ({ code }) => resolve({ status: code, text: '' }));
      outgoing.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', ({ code }) => resolve({ status: code, text: '' }));
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
      });
      outgoing.end(text);
    });
  }
  return { exchange, close: () => agent.destroy() };
}
