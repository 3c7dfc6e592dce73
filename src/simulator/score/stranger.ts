import type { IncomingMessage, ServerResponse } from 'node:http';
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
  const listener = await listen((req, res) => void answer(req, res), '127.0.0.1', 0);
  return { url: listener.url, heard: () => heard, close: listener.close };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const basic = /^Basic (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    const body = new URLSearchParams(await text(req));
    heard += [req.url, JSON.stringify(req.headers), Buffer.from(basic, 'base64').toString(), ...body.values()].join(
      ' ',
    );
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokens));
  }
}
