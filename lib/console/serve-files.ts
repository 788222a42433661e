import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { ConsoleFile } from './files.js';
import { type ConsoleConfig, type ConsoleOptions, readConsoleOptions } from './options.js';

/** Middleware of Express 4 and 5, and a handler of `node:http`: without `next`, other paths are 404. */
export type ConsoleRouter = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;

/** A response that was prepared when the router was made. */
interface Prepared {
  readonly type: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
  readonly tag: string;
  readonly caching: string;
}

/** Names with a hash are never used for anything else. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

/**
 * Serves these files and `config.json`, which has the options.
 *
 * @throws {TypeError} for an unknown or wrong option
 */
export function serveConsole(options: ConsoleOptions, consoleFiles: readonly ConsoleFile[]): ConsoleRouter {
  const { origins, ...config } = readConsoleOptions(options);
  const files = prepareFiles(config, consoleFiles);
  const policy = contentSecurityPolicy(origins);
  return (req, res, next) => {
    const path = pathOf(req.url ?? '/');
    const file = files.get(path === '' ? 'index.html' : path);
    if (file === undefined) return next === undefined ? respond(res, 404) : next();
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      return respond(res, 405);
    }
    const whole = pathOf((req as { originalUrl?: string }).originalUrl ?? req.url ?? '/');
    if (path === '' && whole !== '' && !whole.endsWith('/')) {
      res.setHeader('Location', `./${whole.slice(whole.lastIndexOf('/') + 1)}/`);
      return respond(res, 308);
    }
    setHeaders(res, file, policy);
    send(req, res, file);
  };
}

/** Without the query and the first slash. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] as string).replace(/^\//, '');
}

function prepareFiles(config: ConsoleConfig, files: readonly ConsoleFile[]): ReadonlyMap<string, Prepared> {
  const settings = { path: 'config.json', type: 'application/json', text: JSON.stringify(config) };
  return new Map([...files, settings].map((file) => [file.path, prepare(file)]));
}

function prepare({ path, type, text }: ConsoleFile): Prepared {
  const plain = Buffer.from(text);
  const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const caching = path.startsWith('assets/') ? FOR_EVER : ASK_AGAIN;
  return { type, plain, zipped: gzipSync(plain, { level: 9 }), tag, caching };
}

function contentSecurityPolicy(origins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

function setHeaders(res: ServerResponse, { type, tag, caching }: Prepared, policy: string): void {
  res.setHeader('Content-Type', `${type}; charset=utf-8`);
  res.setHeader('Content-Security-Policy', policy);
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Cache-Control', caching);
  res.setHeader('Vary', 'Accept-Encoding');
  res.setHeader('ETag', tag);
}

function send(req: IncomingMessage, res: ServerResponse, { plain, zipped, tag }: Prepared): void {
  if (req.headers['if-none-match'] === tag) {
    res.statusCode = 304;
    res.end();
    return;
  }
  const isZipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(req.headers['accept-encoding'] ?? ''));
  const body = isZipped ? zipped : plain;
  if (isZipped) res.setHeader('Content-Encoding', 'gzip');
  res.setHeader('Content-Length', body.length);
  res.end(req.method === 'HEAD' ? undefined : body);
}

function respond(res: ServerResponse, status: number): void {
  res.statusCode = status;
  res.end();
}
