import { isLoopback } from '../lib/addresses';
import { Problem } from '../lib/problem';
import type { TargetKind } from '../store/schema';
import type { Notice } from './notice';
import { discordMessage, googleChatMessage, slackMessage, teamsMessage } from './shapes';

export interface Kind {
  readonly title: string;
  /** How to get the address. */
  readonly hint: string;
  readonly placeholder: string;
  /** Hosts that such an address can have, or whose parent it has where there is a dot in front. Empty: any. */
  readonly hosts: readonly string[];
  /** Null where what is sent is made elsewhere: signed, or as an e-mail. */
  readonly message: ((notice: Notice) => object) | null;
}

export const kinds: Readonly<Record<TargetKind, Kind>> = {
  webhook: {
    title: 'Webhook',
    hint: 'Receives a signed POST with JSON, repeated for about seven hours unless your server answers 2xx.',
    placeholder: 'https://alerts.example.com/zoho',
    hosts: [],
    message: null,
  },
  slack: {
    title: 'Slack',
    hint: 'At api.slack.com/apps create an app, switch Incoming Webhooks on, add one to a channel and copy its address.',
    placeholder: 'https://hooks.slack.com/services/T…/B…/…',
    hosts: ['hooks.slack.com', 'hooks.slack-gov.com'],
    message: slackMessage,
  },
  teams: {
    title: 'Microsoft Teams',
    hint: 'In the channel choose ⋯, Workflows, “Send webhook alerts to a channel”, and copy the address of the workflow.',
    placeholder: 'https://….api.powerplatform.com/…/triggers/manual/paths/invoke?…',
    hosts: ['.logic.azure.com', '.logic.azure.us', '.api.powerplatform.com', '.api.powerplatform.us'],
    message: teamsMessage,
  },
  discord: {
    title: 'Discord',
    hint: 'In the settings of the channel choose Integrations, Webhooks, New Webhook, and copy its URL.',
    placeholder: 'https://discord.com/api/webhooks/…/…',
    hosts: ['discord.com', 'discordapp.com', 'ptb.discord.com', 'canary.discord.com'],
    message: discordMessage,
  },
  google_chat: {
    title: 'Google Chat',
    hint: 'In the space choose Apps & integrations, Webhooks, Add webhook, and copy its link. It needs a Google Workspace account.',
    placeholder: 'https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…',
    hosts: ['chat.googleapis.com'],
    message: googleChatMessage,
  },
  email: {
    title: 'E-mail',
    hint: 'One or more addresses, separated by commas.',
    placeholder: 'ops@example.com',
    hosts: [],
    message: null,
  },
};

export function isKind(text: string): text is TargetKind {
  return Object.hasOwn(kinds, text);
}

/** The address in the form in which it is stored. Throws a Problem that says what is wrong with it. */
export function parseAddress(kind: TargetKind, text: string): string {
  if (kind === 'email') return parseEmails(text);
  const url = parseWebhookUrl(text);
  requireHost(kind, url);
  return url.href;
}

function parseEmails(text: string): string {
  const emails = text.split(/[\s,;]+/).filter(Boolean);
  const bad = emails.find((email) => !/^[^@<>"(),:;\\\s]+@[^@<>"(),:;\\\s]+$/.test(email));
  if (emails.length === 0 || bad !== undefined || text.length > 2000) {
    throw refused(`“${bad ?? text}” is no e-mail address.`, 'Write e.g. ops@example.com, several separated by commas.');
  }
  return emails.join(', ');
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

/** An address at this computer may stand in for any product, for tests and relays. */
function requireHost(kind: TargetKind, { hostname }: URL): void {
  const { hosts, title, hint } = kinds[kind];
  if (kind === 'teams' && /(^|\.)(webhook\.office\.com|outlook\.office(365)?\.com)$/.test(hostname)) {
    const sentence = 'That is the address of an old connector, which Microsoft has retired.';
    throw refused(sentence, `Make a workflow instead. ${hint}`);
  }
  const fits = hosts.some((host) => (host.startsWith('.') ? hostname.endsWith(host) : hostname === host));
  if (hosts.length === 0 || fits || isLoopback(hostname)) return;
  throw refused(`${hostname} is not where ${title} takes messages.`, hint);
}

function refused(sentence: string, next: string): Problem {
  return new Problem(400, 'invalid_url', sentence, next);
}
