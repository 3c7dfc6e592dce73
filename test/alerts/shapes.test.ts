import type { Notice } from '../../src/alerts/notice';
import { discordMessage, emailMessage, googleChatMessage, slackMessage, teamsMessage } from '../../src/alerts/shapes';

const notice: Notice = {
  title: 'crm: broken',
  text: '“crm” needs to be reconnected.',
  next: 'Reconnect.',
  url: 'https://tokens.example.com/connections/crm',
  tone: 'bad',
};
const hostile = '<!channel> <@U1> @everyone <users/all> <at>x</at> *b* [a](http://x) <script>alert(1)</script> & "q"';

// Written down by hand from the products' own documentation.
describe('a message', () => {
  it('to Slack is Block Kit in plain text, with a link of our own and a fallback', () => {
    expect(slackMessage(notice)).toEqual({
      text: 'crm: broken. “crm” needs to be reconnected.',
      mrkdwn: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'crm: broken', emoji: false } },
        { type: 'section', text: { type: 'plain_text', text: '“crm” needs to be reconnected.', emoji: false } },
        { type: 'section', text: { type: 'plain_text', text: 'Reconnect.', emoji: false } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '<https://tokens.example.com/connections/crm|Open the Keeper>' },
        },
      ],
    });
  });

  it('to Teams is an Adaptive Card in the envelope of Workflows', () => {
    expect(teamsMessage(notice)).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.2',
            body: [
              {
                type: 'RichTextBlock',
                inlines: [
                  { type: 'TextRun', text: 'crm: broken', size: 'Medium', weight: 'Bolder', color: 'Attention' },
                ],
              },
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: '“crm” needs to be reconnected.' }] },
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'Reconnect.' }] },
            ],
            actions: [
              {
                type: 'Action.OpenUrl',
                title: 'Open the Keeper',
                url: 'https://tokens.example.com/connections/crm',
              },
            ],
          },
        },
      ],
    });
  });

  it('to Discord is an embed that mentions nobody', () => {
    expect(discordMessage(notice)).toEqual({
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: 'crm\\: broken',
          description: '“crm” needs to be reconnected.\n\nReconnect.',
          url: 'https://tokens.example.com/connections/crm',
          color: 0xb3261e,
        },
      ],
    });
  });

  it('to Google Chat is a card of version 2', () => {
    expect(googleChatMessage(notice)).toEqual({
      cardsV2: [
        {
          cardId: 'alert',
          card: {
            sections: [
              {
                widgets: [
                  { textParagraph: { text: '<b>crm: broken</b>' } },
                  { textParagraph: { text: '“crm” needs to be reconnected.' } },
                  { textParagraph: { text: 'Reconnect.' } },
                  {
                    buttonList: {
                      buttons: [
                        {
                          text: 'Open the Keeper',
                          onClick: { openLink: { url: 'https://tokens.example.com/connections/crm' } },
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  it('by e-mail is plain text', () => {
    expect(emailMessage(notice)).toEqual({
      subject: '[Zoho Token Keeper] crm: broken',
      text: '“crm” needs to be reconnected.\n\nReconnect.\n\nhttps://tokens.example.com/connections/crm\n\n-- \nZoho Token Keeper\n',
    });
  });

  it('has no mention, link or markup of what came from elsewhere', () => {
    const bad = { ...notice, title: hostile, text: hostile, next: hostile };
    const slack = slackMessage(bad) as { text: string; blocks: { text: { type: string; text: string } }[] };
    expect(slack.text).not.toMatch(/[<>]/);
    const parsed = slack.blocks.filter(({ text }) => text.type === 'mrkdwn').map(({ text }) => text.text);
    expect(parsed).toEqual(['<https://tokens.example.com/connections/crm|Open the Keeper>']);

    expect(JSON.stringify(teamsMessage(bad))).not.toMatch(/TextBlock(?<!RichTextBlock)|msteams/);

    const { embeds, ...rest } = discordMessage(bad) as { embeds: { title: string; description: string }[] };
    expect(rest).toEqual({ allowed_mentions: { parse: [] } });
    for (const { title, description } of embeds) expect(title + description).not.toMatch(/(?<!\\)[<>@*_[\]()]/);

    const chat = JSON.stringify(googleChatMessage(bad));
    expect(chat.replaceAll(/<\/?b>/g, '')).not.toMatch(/[<>]/);
    expect(chat).not.toContain('"text":"<!');
  });
});
