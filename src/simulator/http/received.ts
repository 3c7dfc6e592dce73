import type { Request } from 'express';
import type { DataCenterCode } from '../../zoho/data-centers';
import { readForm } from './form';

export type Fields = Readonly<Record<string, string>>;

/** A request as it arrived: the part of it that endpoints judge and tests look at. */
export interface Received {
  readonly dataCenter: DataCenterCode;
  readonly method: string;
  readonly path: string;
  /** The query string as it came, without the question mark. */
  readonly search: string;
  readonly query: Fields;
  readonly form: Fields;
  readonly headers: Fields;
  readonly body: Buffer;
}

/** Reads a request whose body has been collected into a Buffer. */
export function receive(req: Request, dataCenter: DataCenterCode): Received {
  const [path = '/', search = ''] = splitOnce(req.originalUrl, '?');
  const raw: unknown = req.body;
  const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  return {
    dataCenter,
    method: req.method,
    path,
    search,
    query: firstOfEach(new URLSearchParams(search)),
    form: firstOfEach(readForm(req.headers['content-type'] ?? '', body)),
    headers: Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)])),
    body,
  };
}

/** HEAD is answered as GET is, and HTTP leaves out the body. */
export function asGet(received: Received): Received {
  return received.method === 'HEAD' ? { ...received, method: 'GET' } : received;
}

/** Parameters may stand in the query string or in the body; the body wins. */
export function parametersOf({ query, form }: Received): Partial<Fields> {
  return { ...query, ...form };
}

function firstOfEach(fields: Iterable<readonly [string, string]>): Fields {
  const first = new Map<string, string>();
  for (const [name, value] of fields) if (!first.has(name)) first.set(name, value);
  return Object.fromEntries(first);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
