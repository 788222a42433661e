#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
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
  isTerminal: process.stdout.isTTY === true,
  fetch: globalThis.fetch,
  now: systemClock.now,
  signal: interrupted.signal,
}).then((code) => {
  process.exitCode = code;
});
