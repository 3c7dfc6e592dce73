import { randomBytes } from 'node:crypto';
import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { isLoopback } from '../lib/addresses';
import { Problem } from '../lib/problem';
import { iso } from '../lib/time';
import type { WebhookRow } from '../store/schema';
import {
  addWebhook as storeWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook as forgetWebhook,
} from '../store/webhooks';

export { recentAlerts } from '../store/alerts';
export { deliveriesOf, listWebhooks } from '../store/webhooks';

const mostWebhooks = 20;

/** Returns the secret, which is shown once. Throws a Problem that says what is wrong with the URL. */
export async function addWebhook(context: Context, text: string, actor: Actor): Promise<string> {
  const { store, now } = context;
  const url = parseWebhookUrl(text);
  if ((await listWebhooks(store)).length >= mostWebhooks) {
    throw new Problem(409, 'too_many', `There are ${mostWebhooks} webhooks already.`, 'Remove one first.');
  }
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await inTransaction(context, async (transaction) => {
    const id = await storeWebhook(transaction.store, url.href, secret, iso(now()));
    if (id === null) throw new Problem(409, 'exists', 'Alerts are sent to that address already.', 'See the list.');
    await record(transaction, actor, { action: 'webhook_added', subject: null, detail: url.origin });
  });
  return secret;
}

export async function removeWebhook(context: Context, id: string, actor: Actor): Promise<void> {
  const { url } = await getWebhook(context, id);
  await inTransaction(context, async (transaction) => {
    if (!(await forgetWebhook(transaction.store, id))) return;
    await record(transaction, actor, { action: 'webhook_removed', subject: null, detail: new URL(url).origin });
  });
}

/** Throws a Problem when there is none with this id. */
export async function getWebhook({ store }: Context, id: string): Promise<WebhookRow> {
  const webhook = /^[\da-f-]{36}$/.test(id) ? await findWebhook(store, id) : undefined;
  if (webhook) return webhook;
  throw new Problem(404, 'not_found', 'There is no such webhook.', 'It may have been removed; see the list.');
}

/** Any host, private ones included: whoever runs the Keeper decides. */
function parseWebhookUrl(text: string): URL {
  const url = text.length <= 2000 && URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw refused('That is not the address of a web server.', 'Write e.g. https://alerts.example.com/zoho.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('The address holds a user name or password.', 'Leave it out: the signature shows who sends.');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw refused('Alerts are not sent over the network without encryption.', 'Use https, or http to this computer.');
  }
  url.hash = '';
  return url;
}

function refused(sentence: string, next: string): Problem {
  return new Problem(400, 'invalid_url', sentence, next);
}
