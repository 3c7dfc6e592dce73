import type { Response } from 'express';

/** Sends JSON. Unlike res.json it knows the content type, which that would look up and take apart at every call. */
export function sendJson(res: Response, value: unknown): void {
  const text = JSON.stringify(value);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
