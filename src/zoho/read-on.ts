import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** Milliseconds for an answer that is on its way while its request can no longer be sent. */
const patience = 2000;

// Node's own requests, but one that can no longer be written waits for the answer that says why: servers refuse large
// bodies at once and hang up, and Node would close the connection with their words unread.
export const readingOn = {
  request(options: RequestOptions, receive: (answer: IncomingMessage) => void): ClientRequest {
    const { request } = options.protocol === 'https:' ? https : http;
    return request(options, receive).once('socket', readOn);
  },
};

/** Holds back that a write has failed. Told of it at once, a stream takes in nothing more, not even what has arrived. */
function readOn(socket: Socket): void {
  const [write, writeMany] = [socket._write.bind(socket), socket._writev?.bind(socket)];
  socket._write = (chunk, encoding, done) => write(chunk, encoding, later(socket, done));
  if (writeMany) socket._writev = (chunks, done) => writeMany(chunks, later(socket, done));
}

type Done = (error?: NodeJS.ErrnoException | null) => void;

function later(socket: Socket, done: Done): Done {
  return (error) => {
    if (!['EPIPE', 'ECONNRESET', 'ECONNABORTED'].includes(error?.code ?? '')) return done(error);
    const timer = setTimeout(() => done(error), patience);
    socket.once('close', () => clearTimeout(timer));
  };
}
