import { once } from 'node:events';
import { request as secureRequest } from 'node:https';
import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

export interface LiveStream {
  readonly answer: IncomingMessage;
  /** Resolves when this topic is told, and rejects when the stream ends before. */
  hears(topic: string): Promise<void>;
  /** Resolves with all that was told, at the end of the stream. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Opens GET /live as a page does, and resolves when the answer begins. */
export async function openLive(url: string, cookie = '', ca?: Buffer): Promise<LiveStream> {
  const headers = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', Cookie: cookie };
  const start = ca ? secureRequest : request;
  const outgoing = start(`${url}/live`, { headers, agent: false, ...(ca && { ca }) }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  outgoing.on('error', () => undefined);
  answer.on('error', () => undefined);
  const told: string[] = [];
  const listeners = new Set<() => void>();
  let isOver = false;
  const lines = createInterface(answer).on('line', (line) => {
    told.push(line);
    for (const look of listeners) look();
  });
  lines.on('error', () => undefined);
  const ended = new Promise<string>((resolve) =>
    answer.once('close', () => {
      isOver = true;
      for (const look of listeners) look();
      resolve(told.join('\n'));
    }),
  );
  return { answer, hears, ended, close: () => void outgoing.destroy() };

  function hears(topic: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isTold = told.some((line) => line.startsWith('data: [') && line.includes(JSON.stringify(topic)));
        if (!isTold && !isOver) return;
        listeners.delete(look);
        if (isTold) resolve();
        else reject(new Error(`the stream ended after ${told.join(' ')}`));
      };
      listeners.add(look);
      look();
    });
  }
}
