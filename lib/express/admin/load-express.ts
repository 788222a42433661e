import type * as express from 'express';
import { requireOptionalPackage } from '../../optional-package.js';
import requireExpress from './require-express.cjs';

/** What the router uses of Express itself; requests and responses come with the application's. */
export type Express = Pick<typeof express, 'Router' | 'raw'>;

/** @throws {Error} where Express is not installed, with the command that installs it */
export function loadExpress(load: () => unknown = requireExpress): Express {
  return requireOptionalPackage('grantsRouter()', { name: 'express', range: '^5', load }) as Express;
}
