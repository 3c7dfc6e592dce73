import { plainName, type Values } from './candidate';

/** The columns go by position in files without a header; before 8.0 the last one was missing. */
const columns = [
  'id',
  'username',
  'clientid',
  'clientsecret',
  'refreshtoken',
  'accesstoken',
  'granttoken',
  'expirytime',
  'redirecturl',
  'apidomain',
];
/** Far more than any store has: each row is read by all of them. */
const mostColumns = 100;

/** The rows of a token store of Zoho's SDKs; undefined when it is none. */
export function valuesInSdkStore(text: string): Values[] | undefined {
  const rows = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .map(cells);
  const [first] = rows;
  if (!first || first.length < 5 || first.length > mostColumns) return undefined;
  const header = first.map(plainName);
  const isHeader = header.includes('refreshtoken');
  const isBare = rows.every((row) => row.length === 9 || row.length === 10);
  if (!isHeader && !isBare) return undefined;
  const names = isHeader ? header : columns;
  return (isHeader ? rows.slice(1) : rows).map((row) =>
    Object.fromEntries(names.map((name, at) => [name, row[at]?.trim() ?? ''])),
  );
}

function cells(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
