// `curl` for the commands of the pages: the options that they use, through the proxy of the page's process.
import { request } from 'node:http';

const [proxyPort, ...args] = process.argv.slice(2);
const command = { method: undefined, url: undefined, headers: [], data: [], include: false, inQuery: false };

const VALUES = {
  '-X': (value) => (command.method = value),
  '-H': (value) => command.headers.push(value),
  '-d': (value) => command.data.push(value),
  '--data-urlencode': (value) => {
    const [name, ...rest] = value.split('=');
    command.data.push(`${name}=${encodeURIComponent(rest.join('='))}`);
  },
  '-u': (value) => command.headers.push(`Authorization: Basic ${Buffer.from(value).toString('base64')}`),
};
const FLAGS = {
  '-G': () => (command.inQuery = true),
  '-i': () => (command.include = true),
  '-s': () => undefined,
  '-S': () => undefined,
};

for (let i = 0; i < args.length; i++) {
  const letters = /^-[a-zA-Z]{2,}$/.test(args[i]) ? [...args[i].slice(1)].map((letter) => `-${letter}`) : [args[i]];
  for (const option of letters) {
    if (VALUES[option]) VALUES[option](args[++i]);
    else if (FLAGS[option]) FLAGS[option]();
    else if (!option.startsWith('-')) command.url = option;
    else throw new Error(`The curl of the tests does not know ${option}.`);
  }
}

const data = command.data.splice(0, command.inQuery ? Infinity : 0).join('&');
if (data !== '') command.url += `?${data}`;
const body = command.data.join('&');
const url = new URL(command.url.includes('://') ? command.url : `http://${command.url}`);
const headers = { host: url.host };
if (command.data.length > 0) headers['content-type'] = 'application/x-www-form-urlencoded';
for (const line of command.headers) {
  const [name, ...rest] = line.split(':');
  headers[name.toLowerCase()] = rest.join(':').trim();
}
const method = command.method ?? (command.data.length > 0 ? 'POST' : 'GET');

const sent = request({ host: '127.0.0.1', port: proxyPort, method, path: url.href, headers }, (response) => {
  const fields = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    fields.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  }
  const status = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}`;
  if (command.include) process.stdout.write(`${[status, ...fields].join('\r\n')}\r\n\r\n`);
  response.pipe(process.stdout);
});
sent.on('error', (error) => {
  process.stderr.write(`curl: ${error.message}\n`);
  process.exitCode = 7;
});
sent.end(body);
