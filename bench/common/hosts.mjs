import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';

/**
 * Two ways of starting the same application.
 *
 * Express gives every request and every response the application's own prototype, after they were made. V8 drops what it
 * knows of an object whose prototype changes, which costs several times the rest of a small request on Node 20 and 22. A
 * server that makes them with that prototype to begin with leaves Express nothing to change.
 */
export const HOSTS = {
  usual: { title: 'Express as everybody starts it', createServer: (app) => createServer(app) },
  prepared: {
    title: 'Express with its prototypes made beforehand: createServer({ IncomingMessage, ServerResponse }, app)',
    createServer: (app) => createServer(preparedClasses(app), app),
  },
};

/** Classes whose objects have the prototypes that Express would give them. */
export function preparedClasses(app) {
  function Request(socket) {
    IncomingMessage.call(this, socket);
  }
  function Response(req, options) {
    ServerResponse.call(this, req, options);
  }
  Request.prototype = app.request;
  Response.prototype = app.response;
  return { IncomingMessage: Request, ServerResponse: Response };
}

export const PATH = '/reports';
const ANSWER = { reports: ['2026-11'] };

/** One route after the guards, and an error response in place of Express's own, which prints the error. */
export function application(guards) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get(PATH, ...guards, (_req, res) => {
    res.json(ANSWER);
  });
  app.use((error, _req, res, _next) => {
    res.sendStatus(error.status ?? 500);
  });
  return app;
}
