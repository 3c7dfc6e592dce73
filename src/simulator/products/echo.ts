import { json, type Answer } from '../http/answer';
import type { Received } from '../http/received';

/** What arrived, for tests of proxies; without the token. */
export function echo({ method, path, search, query, headers, body }: Received): Answer {
  const { authorization: _token, ...shown } = headers;
  const text = body.toString('utf8');
  const lossless = Buffer.from(text, 'utf8').equals(body);
  return json({
    method,
    path,
    search,
    query,
    headers: shown,
    body: lossless ? text : body.toString('base64'),
    encoding: lossless ? 'utf8' : 'base64',
  });
}
