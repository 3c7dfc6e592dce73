import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';

const folder = join(__dirname, '../../../public');

/** With a hash of the file's content in its URL, browsers may keep it for ever. */
export function assetAddresses(): (file: string) => string {
  const versions = new Map(readdirSync(folder).map((file) => [file, hash(join(folder, file))]));
  return (file) => `/assets/${file}?v=${versions.get(file) ?? ''}`;
}

function hash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
}

export function assets(): RequestHandler {
  return express.static(folder, {
    dotfiles: 'ignore',
    index: false,
    redirect: false,
    setHeaders: (res) => res.setHeader('Cache-Control', 'public, max-age=31536000, immutable'),
  });
}
