import type { Notice } from './notice';

// The message of each product. What comes from elsewhere, such as names and sentences, never becomes markup or a mention:
// it stands where the product takes plain text, and is escaped where there is no such place.

const button = 'Open the Keeper';

/** Slack, Block Kit: plain_text is not parsed. The fallback `text` is, for notifications. */
export function slackMessage({ title, text, next, url }: Notice): object {
  const escaped = (plain: string): string =>
    plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const plain = (words: string) => ({ type: 'plain_text', text: words, emoji: false });
  const paragraphs = [text, ...(next === null ? [] : [next])];
  return {
    text: escaped(`${title}. ${text}`),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plain(title) },
      ...paragraphs.map((paragraph) => ({ type: 'section', text: plain(paragraph) })),
      { type: 'section', text: { type: 'mrkdwn', text: `<${escaped(url)}|${button}>` } },
    ],
  };
}

/** Teams, an Adaptive Card as Workflows takes it. A TextRun has no markdown, which a TextBlock has. */
export function teamsMessage({ title, text, next, url, tone }: Notice): object {
  const colors = { good: 'Good', bad: 'Attention', off: 'Default' } as const;
  const run = (words: string, style: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: words, ...style }],
  });
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      run(title, { size: 'Medium', weight: 'Bolder', color: colors[tone] }),
      run(text),
      ...(next === null ? [] : [run(next)]),
    ],
    actions: [{ type: 'Action.OpenUrl', title: button, url }],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }],
  };
}

/** Discord: an embed, whose mentions notify nobody; `allowed_mentions` says so once more. */
export function discordMessage({ title, text, next, url, tone }: Notice): object {
  const colors = { good: 0x0f7a4d, bad: 0xb3261e, off: 0x666677 } as const;
  const escaped = (plain: string): string => plain.replace(/[\\*_~`|<>[\]()#@:-]/g, '\\$&');
  const description = [text, ...(next === null ? [] : [next])].map(escaped).join('\n\n');
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      { title: escaped(title).slice(0, 256), description: description.slice(0, 4096), url, color: colors[tone] },
    ],
  };
}

/** Google Chat, a card: a text message would be parsed for mentions and has no way to escape them. */
export function googleChatMessage({ title, text, next, url }: Notice): object {
  const escaped = (plain: string): string =>
    plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const paragraphs = [`<b>${escaped(title)}</b>`, escaped(text), ...(next === null ? [] : [escaped(next)])];
  const card = {
    sections: [
      {
        widgets: [
          ...paragraphs.map((paragraph) => ({ textParagraph: { text: paragraph } })),
          { buttonList: { buttons: [{ text: button, onClick: { openLink: { url } } }] } },
        ],
      },
    ],
  };
  return { cardsV2: [{ cardId: 'alert', card }] };
}

/** An e-mail is plain text, so nothing in it can be markup. */
export function emailMessage({ title, text, next, url }: Notice): { subject: string; text: string } {
  const paragraphs = [text, ...(next === null ? [] : [next]), url, '-- \nZoho Token Keeper'];
  return { subject: `[Zoho Token Keeper] ${title}`, text: `${paragraphs.join('\n\n')}\n` };
}
