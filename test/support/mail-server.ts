import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { Certificate } from './certificates';

export interface MailServer {
  readonly port: number;
  readonly received: { from: string; to: string[]; text: string; secure: boolean; login: string | null }[];
  /** What each session's commands were, with what a wrong one must not have sent. */
  readonly commands: string[];
  close(): Promise<void>;
}

export interface MailServerOptions {
  /** With it, STARTTLS is offered, or TLS is spoken from the start. */
  readonly certificate?: Certificate;
  readonly tls?: 'starttls' | 'at once';
  /** Answers to commands instead of the usual ones, such as `RCPT: 550 nobody here`; null says nothing. */
  readonly answers?: Readonly<Record<string, string | null>>;
}

/** A mail server as far as a client needs one (RFC 5321, 3207, 4954), which keeps what it is sent. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { certificate, tls } = options;
  const state: Pick<MailServer, 'received' | 'commands'> = { received: [], commands: [] };
  const sockets = new Set<Socket>();
  const begin = (socket: Socket, secure: boolean): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (answerTo('greeting', options) !== null) socket.write('220 mail.test ESMTP\r\n');
    converse(socket, { options, secure, state });
  };
  const server =
    certificate && tls === 'at once'
      ? createTlsServer({ ...certificate }, (socket) => begin(socket, true))
      : createServer((socket) => begin(socket, false));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...state,
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

interface Conversation {
  readonly options: MailServerOptions;
  readonly secure: boolean;
  readonly state: Pick<MailServer, 'received' | 'commands'>;
}

function answerTo(command: string, { answers = {} }: MailServerOptions, usual = ''): string | null {
  const answer = answers[command];
  return answer === undefined ? usual : answer;
}

function converse(socket: Socket, { options, secure, state }: Conversation): void {
  let mail = { from: '', to: [] as string[], text: '', secure, login: null as string | null };
  let pending = '';
  let isData = false;
  const say = (command: string, usual: string): void => {
    const answer = answerTo(command, options, usual);
    if (answer !== null) socket.write(`${answer}\r\n`);
  };
  const take = (line: string): void => {
    state.commands.push(line);
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'EHLO') {
      const offers = ['AUTH PLAIN', ...(options.tls === 'starttls' && !secure ? ['STARTTLS'] : [])];
      say('EHLO', ['250-mail.test', ...offers.map((offer) => `250-${offer}`), '250 8BITMIME'].join('\r\n'));
    } else if (command === 'STAR' && options.certificate) {
      socket.removeAllListeners('data');
      socket.write('220 go ahead\r\n');
      const context = createSecureContext(options.certificate);
      const safe = new TLSSocket(socket, { isServer: true, secureContext: context });
      safe.on('error', () => undefined);
      converse(safe, { options, secure: true, state });
    } else if (command === 'AUTH') {
      mail.login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
      say('AUTH', '235 welcome');
    } else if (command === 'MAIL') {
      mail.from = /<(.*)>/.exec(line)?.[1] ?? '';
      say('MAIL', '250 ok');
    } else if (command === 'RCPT') {
      mail.to.push(/<(.*)>/.exec(line)?.[1] ?? '');
      say('RCPT', '250 ok');
    } else if (command === 'DATA') {
      isData = true;
      say('DATA', '354 go on');
    } else if (command === 'QUIT') {
      socket.end('221 bye\r\n');
    } else socket.write('502 what?\r\n');
  };
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('utf8');
    for (;;) {
      const end = pending.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const part = pending.slice(0, end);
      pending = pending.slice(end + (isData ? 5 : 2));
      if (!isData) take(part);
      else {
        isData = false;
        state.received.push({ ...mail, text: part });
        mail = { ...mail, to: [] };
        say('message', '250 kept');
      }
    }
  });
}
