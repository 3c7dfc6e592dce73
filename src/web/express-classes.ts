import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * Classes for `http.createServer` whose requests and responses have this app's Express methods from the start. Express
 * gives them to each by changing its prototype, which makes V8 slow at all that is done with them later, and at collecting
 * them: it costs more than all of our middleware. Setting the prototype that an object has already costs nothing.
 */
export function expressClasses(app: Express): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
  // What Express has there leads on to Node's prototypes, so nothing of either is missing.
  app.request = Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
