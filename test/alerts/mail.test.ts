import { sendMail, transportOptions } from '../../src/alerts/mail';
import { createAuthority } from '../support/certificates';
import { type MailServer, type MailServerOptions, startMailServer } from '../support/mail-server';
import { freshFolder } from '../support/postgres';

const mail = { id: 'msg_1', to: 'a@example.com, b@example.com', subject: 'crm: broken', text: '<b>crm</b>\n' };

describe('an e-mail', () => {
  let server: MailServer | undefined;
  afterEach(() => server?.close());

  async function sent(options: MailServerOptions = {}, scheme = 'smtp', user = '') {
    server = await startMailServer(options);
    const url = `${scheme}://${user}localhost:${server.port}`;
    return sendMail({ url, from: 'Keeper <keeper@example.com>', alertEmails: [] }, mail);
  }

  it('reaches everybody it is for, as plain text and with the same id at each attempt', async () => {
    expect(await sent()).toEqual({ status: 250, reason: null });
    const [received] = server?.received ?? [];
    expect(received).toMatchObject({ from: 'keeper@example.com', to: ['a@example.com', 'b@example.com'] });
    expect(received?.text).toMatch(/^Message-ID: <msg_1@example\.com>\r?$/m);
    expect(received?.text).toMatch(/^Subject: crm: broken\r?$/m);
    expect(received?.text).toMatch(/^Content-Type: text\/plain/m);
    expect(received?.text).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(received?.text).toContain('<b>crm</b>');
  });

  it.each([
    ['STARTTLS', 'starttls', 'smtp'],
    ['TLS from the start', 'at once', 'smtps'],
  ] as const)(
    'with %s is not handed to whoever has a certificate that nobody vouches for',
    async (_what, tls, scheme) => {
      const certificate = createAuthority(freshFolder()).issue('localhost');
      const outcome = await sent({ certificate, tls }, scheme, 'me:hunter22@');
      expect(outcome).toEqual({ status: null, reason: 'no TLS connection whose certificate is trusted' });
      expect(server?.received).toEqual([]);
      expect(server?.commands.join()).not.toMatch(/AUTH|MAIL/);
    },
  );

  it('goes to another computer by TLS only, and ignores who switches the check of certificates off', () => {
    const optionsOf = (url: string) => transportOptions({ url, from: 'k@example.com', alertEmails: [] });
    expect(optionsOf('smtp://mail.example.com')).toMatchObject({ port: 587, secure: false, requireTLS: true });
    expect(optionsOf('smtps://mail.example.com')).toMatchObject({ port: 465, secure: true });
    expect(optionsOf('smtp://127.0.0.1:25').requireTLS).toBe(false);
    expect(optionsOf('smtps://a%40b:p%25@mail.example.com')).toMatchObject({
      auth: { user: 'a@b', pass: 'p%' },
      tls: { rejectUnauthorized: true },
    });
  });

  it('that is refused says why without the words of the server, which may repeat a password', async () => {
    const auth = { answers: { AUTH: '535 no hunter22 here' } };
    expect(await sent(auth, 'smtp', 'me:hunter22@')).toEqual({
      status: 535,
      reason: 'the mail server refused the user name or password of SMTP_URL',
    });
    await server?.close();
    expect(await sent({ answers: { RCPT: '550 nobody' } })).toEqual({
      status: 550,
      reason: 'the mail server refused the sender or the recipients',
    });
    await server?.close();
    const { port } = server ?? { port: 9 };
    const gone = await sendMail({ url: `smtp://localhost:${port}`, from: 'k@example.com', alertEmails: [] }, mail);
    expect(gone).toEqual({ status: null, reason: expect.stringMatching(/^no connection to the mail server/) });
    server = undefined;
  });

  it('does not wait for ever for a server that says nothing', async () => {
    expect(await sent({ answers: { greeting: null } })).toEqual({ status: null, reason: expect.any(String) });
  }, 25_000);
});
