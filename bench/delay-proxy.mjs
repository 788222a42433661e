import { connect, createServer } from 'node:net';

/**
 * A process of its own between a client and PostgreSQL, both on Unix sockets: each message of the client takes longer by
 * the milliseconds that the parent process says.
 *
 *   fork('bench/delay-proxy.mjs', [socketOfServer, socketToListenOn])
 */
const [target, socket] = process.argv.slice(2);
let delay = 0;

createServer((client) => {
  const upstream = connect(target);
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const each of [client, upstream]) each.on('error', end).on('close', end);
  client.on('data', (data) => (delay === 0 ? upstream.write(data) : setTimeout(() => upstream.write(data), delay)));
  upstream.pipe(client);
}).listen(socket, () => process.send('ready'));

process.on('message', (milliseconds) => {
  delay = milliseconds;
});
process.on('disconnect', () => process.exit());
