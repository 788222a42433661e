import type pg from 'pg';
import { loadOptionalPackage } from '../../optional-package.js';

export type Driver = typeof pg;

/** Loads `pg` when a store is opened: nobody else needs it. */
export function loadDriver(): Promise<Driver> {
  return loadOptionalPackage('it', {
    name: 'pg',
    range: '^8.16',
    load: async (): Promise<Driver> => (await import('pg')).default,
  });
}

const INT8 = 20;

/** Numbers here are far below 2^53. */
export function getTypeParser(driver: Driver, oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : driver.types.getTypeParser(oid, format as 'text');
}
