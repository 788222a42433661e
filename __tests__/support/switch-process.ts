import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * The program of a child process, started by `failover.ts`: the address of "the primary". It forwards connections to the
 * Unix socket of a server, and can be switched to that of another one.
 */
export type SwitchTask =
  /** Breaks all connections. New ones lead there. */
  | { readonly do: 'switch'; readonly to: string }
  /** Breaks each connection whose client says this, until the next switch, and sends `broken` each time. */
  | { readonly do: 'break'; readonly at: string };

let target = '';
let forbidden: string | undefined;
const sockets = new Set<Socket>();

function accept(client: Socket): void {
  const server = connect(target);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(from);
    from.on('error', () => undefined); // 'close' follows
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (data) => {
      if (from === client && forbidden !== undefined && data.includes(forbidden)) {
        client.destroy();
        process.send?.('broken');
      } else to.write(data);
    });
    from.on('end', () => to.end());
  }
}

function perform(task: SwitchTask): void {
  forbidden = task.do === 'break' ? task.at : undefined;
  if (task.do === 'break') return;
  target = task.to;
  for (const socket of sockets) socket.destroy();
}

const server = createServer(accept).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', (task: SwitchTask) => {
  perform(task);
  process.send?.('done');
});
process.on('disconnect', () => process.exit()); // the parent is no more
process.send?.({ port: (server.address() as AddressInfo).port });
