import axios from 'axios';
import type { Outbound } from '../lib/outbound';
import type { Credentials } from './credentials';
import { type Operation, ZohoError } from './errors';
import { explain } from './messages';
import { nothingWasSent, transportCode } from './transport';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
}

export interface DatedAnswer extends Answer {
  readonly date: string | null;
}

export interface Call {
  readonly operation: Operation;
  readonly url: string;
  /** Sent as a form body by POST; without it the call is a GET. Never put a secret into `url`. */
  readonly form?: Readonly<Record<string, string>>;
  readonly accessToken?: string;
  readonly client?: Credentials;
  /** Absolute deadline over the whole call, in seconds. */
  readonly deadline: number;
}

const maxAnswerBytes = 64 * 1024;

// Every option closes a trap that was measured: redirects re-send the body, `timeout` is only an idle timeout,
// proxies from the environment see the secrets, and bodies are unlimited by default (docs/decisions.md, "Outbound calls").
const client = axios.create({
  maxRedirects: 0,
  proxy: false,
  maxContentLength: maxAnswerBytes,
  maxBodyLength: 16 * 1024,
  responseType: 'text',
  transformResponse: (body: unknown) => body,
  validateStatus: () => true,
  headers: { 'User-Agent': 'zoho-token-keeper', Accept: 'application/json' },
});

/** Sends one request and returns the answer as text. Throws a ZohoError when there is no complete answer. */
export async function send(outbound: Outbound, call: Call): Promise<DatedAnswer> {
  const signal = AbortSignal.timeout(call.deadline * 1000);
  const tell = teller(outbound, call);
  try {
    const response = await client.request<string>({
      ...outbound.fresh,
      url: call.url,
      method: call.form ? 'POST' : 'GET',
      signal,
      ...(call.form && { data: new URLSearchParams(call.form).toString() }),
      headers: {
        ...(call.form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...(call.accessToken && { Authorization: `Zoho-oauthtoken ${call.accessToken}` }),
        ...(call.client && { Authorization: basic(call.client) }),
      },
    });
    tell(response.status);
    return {
      status: response.status,
      body: typeof response.data === 'string' ? response.data : '',
      retryAfter: headerText(response.headers['retry-after']),
      date: headerText(response.headers['date']),
    };
  } catch (error) {
    // An AxiosError holds the client secret and the tokens in many places, so it ends here.
    const code = signal.aborted ? 'timed_out' : transportCode(error);
    tell(null, code);
    throw failure(call.operation, code, error);
  }
}

function teller(outbound: Outbound, { operation, form, url }: Call): (status: number | null, code?: string) => void {
  const begun = performance.now();
  const method = form ? 'POST' : 'GET';
  return (status, code) => {
    outbound.told({
      operation,
      method,
      host: new URL(url).host,
      status,
      code,
      ms: Math.round(performance.now() - begun),
    });
  };
}

function basic({ clientId, secret }: NonNullable<Call['client']>): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

function headerText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function failure(operation: Operation, code: string, error: unknown): ZohoError {
  return new ZohoError(explain(code, operation), { nothingSent: nothingWasSent(error) });
}
