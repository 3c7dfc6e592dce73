import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NextFunction, type Response, Router } from 'express';
import { type Document, renderMarkdown } from '../markdown';
import { show } from '../render';

const root = join(__dirname, '../../..');

/** The documents of this version, as pages. Links between them work as they are written. */
export function docRoutes(): Router {
  const router = Router();
  const files = documents();
  const known = new Map<string, Document>();
  router.get('/docs', (_req, res, next) => send('index.md', res, next));
  router.get('/docs/:name', (req, res, next) => send(req.params.name, res, next));
  return router;

  function send(name: string, res: Response, next: NextFunction): void {
    const file = files.get(name);
    if (file === undefined) return next();
    const page = known.get(name) ?? renderMarkdown(readFileSync(file, 'utf8'), (href) => linkTo(files, href));
    known.set(name, page);
    show(res, 'doc', page);
  }
}

/** Path by name: those of docs/, and the ones that projects have beside it. */
function documents(): ReadonlyMap<string, string> {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return new Map([
    ...['README.md', 'SECURITY.md', 'CHANGELOG.md'].map((name): [string, string] => [name, join(root, name)]),
    ...docs.map((name): [string, string] => [name, join(root, 'docs', name)]),
  ]);
}

function linkTo(files: ReadonlyMap<string, string>, href: string): string | null {
  if (/^(https?:|#|\/)/.test(href)) return href;
  const [, name = '', hash = ''] = /([^/#]*)(#.*)?$/.exec(href) ?? [];
  return files.has(name) ? `/docs/${name}${hash}` : null;
}
