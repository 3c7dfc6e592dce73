import http from 'node:http';
import { createApiKey, type NewKey } from '../../src/auth/api-keys';
import type { Control } from '../../src/simulator/simulator';
import type { OpenStore } from '../../src/store/store';
import { contextOn } from './context';

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** From the call until the whole answer was there. */
  readonly milliseconds: number;
}

/** A program with an API key. Light enough to ask a thousand times at once. */
export interface Program {
  get(path: string, headers?: http.OutgoingHttpHeaders): Promise<Answered>;
  post(path: string): Promise<Answered>;
  call(method: string, path: string, headers?: http.OutgoingHttpHeaders): Promise<Answered>;
  stop(): void;
}

/** `key` null calls without authentication. Calls at the same time have a connection each. */
export function program(url: string, key: string | null): Program {
  const agent = new http.Agent({ keepAlive: true });
  const { hostname, port } = new URL(url);
  const own = key === null ? {} : { Authorization: `Bearer ${key}` };

  function call(method: string, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answered> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const options = { agent, hostname, port, method, path, headers: { ...own, ...headers } };
      const request = http.request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const { statusCode = 0, headers: received } = response;
          const milliseconds = performance.now() - began;
          resolve({ status: statusCode, headers: received, text, body: bodyOf(text), milliseconds });
        });
      });
      request.on('error', reject);
      request.end();
    });
  }

  return {
    call,
    get: (path, headers) => call('GET', path, headers),
    post: (path) => call('POST', path),
    stop: () => agent.destroy(),
  };
}

function bodyOf(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Makes a key as the dashboard does, and returns its text. */
export async function someKey(store: OpenStore, wanted: Partial<NewKey> = {}): Promise<string> {
  const full = { name: 'a program', connections: null, rights: 'refresh', days: null, ...wanted } as const;
  return (await createApiKey(contextOn(store), full, { name: 'test', ip: null })).text;
}

/** Counts the refreshes of the connection that was made last: the Keeper may refresh those of earlier tests by itself. */
export function refreshCount(control: Control): () => number {
  const { value } = control.minted().findLast(({ kind }) => kind === 'refresh_token') ?? {};
  return () => control.requests({ endpoint: 'refresh' }).filter(({ form }) => form['refresh_token'] === value).length;
}

export function tokenPath(name: string, query = ''): string {
  return `/api/v1/connections/${name}/token${query}`;
}

export function refreshPath(name: string): string {
  return `/api/v1/connections/${name}/refresh`;
}
