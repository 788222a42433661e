import express from 'express';

export const PATH = '/reports';
const BODY = { reports: ['2026-11'] };

/** An Express application: one route after the guards, and an error response in place of Express's own, which prints the error. */
export function createGuardedApp(guards) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get(PATH, ...guards, (_req, res) => {
    res.json(BODY);
  });
  app.use((error, _req, res, _next) => {
    res.sendStatus(error.status ?? 500);
  });
  return app;
}
