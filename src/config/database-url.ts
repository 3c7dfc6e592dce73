import { isAbsolute, resolve } from 'node:path';
import { Misfit, path } from './parsers';

const inUrl = 'in user name and password write @ as %40, / as %2F, # as %23, ? as %3F and % as %25';
const postgresShape = /^postgres(ql)?:\/\/([^@/?#]*@)?(\[[\da-f:.]+\]|[\w.%-]*)(:\d{1,5})?(\/[^@/?#]*)?(\?[^@#]*)?$/i;

/** `sqlite:FILE` or `postgres://…`. Undefined or a Misfit for all else, neither of which repeats any of it. */
export function databaseUrl(text: string): string | undefined {
  if (/^["'`]|["'`]$/.test(text)) throw new Misfit('is in quotes', 'write it without them');
  if (text.startsWith('sqlite:')) return sqliteUrl(text.slice('sqlite:'.length));
  if (/^postgres(ql)?:\/\//.test(text)) return postgresUrl(text);
  if (/^(jdbc:|postgres(ql)?\+)/i.test(text)) {
    throw new Misfit('is written for another program', 'write postgres:// and what follows, without jdbc: and +driver');
  }
  return undefined;
}

export function inFolder(url: string, folder: string): string {
  return url.startsWith('sqlite:') ? `sqlite:${resolve(folder, url.slice('sqlite:'.length))}` : url;
}

function sqliteUrl(file: string): string | undefined {
  const example = 'write sqlite: and then the path, e.g. sqlite:data/keeper.db or sqlite:/var/lib/keeper/keeper.db';
  if (file.trim() === '') return undefined;
  if (file.trim() !== file) throw new Misfit('has a blank after sqlite:', example);
  if (file.startsWith('//')) throw new Misfit('has // after sqlite:, which programs understand differently', example);
  if (file.startsWith(':') || /^file:/i.test(file)) throw new Misfit('names no file', example);
  if (/\?|%[\da-f]{2}/i.test(file)) throw new Misfit('has ? or %XX after sqlite:, where a plain path belongs', example);
  if (/;|^data source=/i.test(file)) throw new Misfit('is written for another program', example);
  if (/(^|[\\/])\.{0,2}$/.test(file)) throw new Misfit('names a folder', example);
  return `sqlite:${path(file)}`;
}

function postgresUrl(text: string): string {
  if (/\$\{/.test(text)) throw new Misfit('has a variable in it, which nothing replaces here', 'write its value');
  // A socket is named by ?host=, and the driver takes what URL does not: a user before no host.
  const url = text.replace('@/', '@localhost/');
  if (!postgresShape.test(text) || !URL.canParse(url)) {
    throw new Misfit('cannot be told apart', `write postgres://user:password@host:5432/database, and ${inUrl}`);
  }
  for (const [name, value] of new URL(url).searchParams) {
    if (/^ssl(rootcert|cert|key)$/.test(name) && !isAbsolute(value)) {
      throw new Misfit(`has a path in ${name} that does not begin at /`, 'write the whole path');
    }
  }
  return text;
}
