import type { Response } from 'express';

/** An HTTP answer before it is sent, so that a fault can still spoil it. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

const jsonType = 'application/json;charset=UTF-8';

/** What Zoho's token endpoint sends along with every answer, cookies included. */
const habits: Readonly<Record<string, string | readonly string[]>> = {
  server: 'ZGS',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'cache-control': 'no-store',
  'set-cookie': ['zalb_simulator=0; Path=/', 'iamcsr=simulator; Path=/', '_zcsr_tmp=simulator; Path=/'],
};

export function json(body: unknown, status = 200): Answer {
  return { status, type: jsonType, body: JSON.stringify(body), headers: habits };
}

export function html(title: string, sentence: string, status: number): Answer {
  const body = `<!DOCTYPE html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1><p>${sentence}</p></body></html>`;
  return { status, type: 'text/html;charset=UTF-8', body, headers: habits };
}

export function send(res: Response, answer: Answer): void {
  prepare(res, answer);
  res.end(answer.body);
}

/** Sets status and headers, without the length, and sends nothing yet. */
export function prepare(res: Response, answer: Answer): void {
  res.status(answer.status);
  res.setHeader('content-type', answer.type);
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
}
