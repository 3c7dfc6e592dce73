import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Router } from 'express';

const folder = join(__dirname, '../../../docs');

/** The documents of `docs/` as they are written, so that pages can link to the ones that belong to this version. */
export function docRoutes(): Router {
  const router = Router();
  router.get('/docs/:file', async (req, res, next) => {
    const { file } = req.params;
    const text = /^[a-z]{1,32}\.md$/.test(file) ? await readFile(join(folder, file), 'utf8').catch(() => null) : null;
    if (text === null) return next();
    res.type('text/plain').send(text);
  });
  return router;
}
