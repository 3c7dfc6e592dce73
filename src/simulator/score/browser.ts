import { ask, type Reply } from './ask';
import { Lost } from './lost';

/** Somebody's browser at the client: keeps its cookies. */
export interface Browser {
  /** Follows `GET /connect` to where it leads outside the client. Throws Lost when it leads nowhere. */
  begin(): Promise<string>;
  /** Opens a page of the client and goes where it leads inside it. The status is that of the first answer. */
  open(url: string): Promise<number>;
}

const longestChain = 5;

export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, string>();

  async function get(url: string): Promise<Reply> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await ask(url, { headers: { accept: 'text/html', ...(cookie !== '' && { cookie }) } }).catch(gone);
    for (const line of reply.cookies) {
      const [, name, value = ''] = /^\s*([^=;\s]+)\s*=([^;]*)/.exec(line) ?? [];
      if (name !== undefined) cookies.set(name, value);
    }
    return reply;
  }

  return {
    async begin() {
      let url = `${origin}/connect`;
      for (let hops = 0; hops < longestChain; hops += 1) {
        const next = targetOf(url, await get(url));
        if (next === undefined) throw new Lost('GET /connect does not lead to Zoho.');
        if (new URL(next).origin !== origin) return next;
        url = next;
      }
      throw new Lost('GET /connect leads from page to page, and never to Zoho.');
    },
    async open(first) {
      const reply = await get(first);
      let next = targetOf(first, reply);
      for (let hops = 0; hops < longestChain && next !== undefined; hops += 1) {
        if (new URL(next).origin !== origin) break;
        next = targetOf(next, await get(next));
      }
      return reply.status;
    },
  };
}

/** For a client that does not answer a request at all. */
export function gone(error: unknown): never {
  throw new Lost(`It does not answer any more: ${error instanceof Error ? error.message : String(error)}.`);
}

function targetOf(url: string, { status, location }: Reply): string | undefined {
  if (status < 300 || status >= 400 || location === undefined) return undefined;
  if (!URL.canParse(location, url))
    throw new Lost(`It sends browsers to what is no address: ${location.slice(0, 80)}.`);
  return new URL(location, url).href;
}
