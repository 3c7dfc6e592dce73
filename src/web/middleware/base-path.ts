import { renderFile } from 'ejs';
import type { Express } from 'express';
import { basePathOf, pathBelow } from '../../lib/base-path';

/**
 * For a BASE_URL with a path: takes it off what comes, unless a proxy did, and puts it in front of what leaves. Routes,
 * views and redirects know nothing of it. `originalUrl` is always what the browser asked for.
 */
export function serveBelow(app: Express, baseUrl: string): void {
  const base = basePathOf(baseUrl);
  if (base === '') return;
  app.use((req, _res, next) => {
    const rest = pathBelow(base, req.url);
    if (rest !== null) req.url = rest;
    else if (req.url.startsWith('/')) req.originalUrl = base + req.url;
    next();
  });
  const { location } = app.response;
  app.response.location = function (url) {
    return location.call(this, isOurs.test(url) ? base + url : url);
  };
  app.engine('ejs', (file, options, done: (error: unknown, page?: string) => void) => {
    // What values have in them comes with its quotation marks escaped, so this finds attributes only.
    renderFile(file, options, (error, page) => done(error, page?.replace(links, `$1${base}/`)));
  });
}

const isOurs = /^\/(?!\/)/;
const links = /((?:href|src|action)=")\/(?!\/)/g;
