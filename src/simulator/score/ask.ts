import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
  readonly text: string;
}

interface Question {
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as a form by POST; without it the request is a GET. */
  readonly form?: Readonly<Record<string, string>>;
}

/** How long anybody may take for an answer, in milliseconds. */
const patience = 30_000;
/** Of an answer, in characters. */
const longest = 1_000_000;

/** One HTTP request, on a connection of its own. Follows no redirect. */
export async function ask(url: string, { headers = {}, form }: Question = {}): Promise<Reply> {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const signal = AbortSignal.timeout(patience);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method: body === undefined ? 'GET' : 'POST', headers: { ...type, ...headers }, agent: false };
    request(url, { ...options, signal }, resolve)
      .once('error', reject)
      .end(body);
  });
  const { statusCode = 0, headers: answered } = response;
  const { location, 'set-cookie': cookies = [] } = answered;
  return { status: statusCode, location, cookies, text: await bodyOf(response) };
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longest) throw new Error(`an answer of more than ${longest} characters`);
  }
  return body;
}
