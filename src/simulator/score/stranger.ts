import { text } from 'node:stream/consumers';
import { listen } from '../http/listener';

export interface Stranger {
  readonly url: string;
  /** Everything that was sent to it. */
  heard(): string;
  close(): Promise<void>;
}

/** A host that poses as Zoho's and gives tokens to everybody. */
export async function startStranger(): Promise<Stranger> {
  let heard = '';
  const tokens = {
    access_token: '1000.foreign',
    refresh_token: '1000.foreign',
    token_type: 'Bearer',
    expires_in: 3600,
  };
  const listener = await listen(
    (req, res) => {
      heard += `${decodeURIComponent(req.url ?? '')}\n${JSON.stringify(req.headers)}\n`;
      const basic = /^Basic (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
      heard += Buffer.from(basic, 'base64').toString();
      void text(req).then((body) => {
        heard += body;
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokens));
      });
    },
    '127.0.0.1',
    0,
  );
  return { url: listener.url, heard: () => heard, close: listener.close };
}
