import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';

const folder = join(__dirname, '../../../public');

/** The files of `public/` by name, in memory: one that is sent from disk stays open when its reader goes away. */
const files: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
);

/** With a hash of the file's content in its URL, browsers may keep it for ever. */
export function assetAddresses(): (file: string) => string {
  const versions = new Map([...files].map(([name, content]) => [name, hash(content)]));
  return (file) => `/assets/${file}?v=${versions.get(file) ?? ''}`;
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

export const assets: RequestHandler = (req, res, next) => {
  const name = req.path.slice(1);
  const content = req.method === 'GET' || req.method === 'HEAD' ? files.get(name) : undefined;
  if (content === undefined) return next();
  res.set('Cache-Control', 'public, max-age=31536000, immutable').type(name).send(content);
};
