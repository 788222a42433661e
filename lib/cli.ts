#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { runCli } from './cli/run-cli.js';
import { systemClock } from './clock.js';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

void runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  readInput: () => text(process.stdin),
  readFile: (path) => readFile(path, 'utf8'),
  importModule: (name) => import(name.startsWith('scopegate/') ? name : pathToFileURL(resolve(name)).href),
  isTerminal: process.stdout.isTTY === true,
  fetch: globalThis.fetch,
  now: systemClock.now,
  signal: interrupted.signal,
}).then((code) => {
  process.exitCode = code;
});
