import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * Sends one GET again and again for so many seconds, each caller over a connection of its own, the next when the last was
 * answered. Gives requests a second, and how long they took in milliseconds, sorted. Reads no more of HTTP than it must,
 * so that the server is what is measured and not this.
 */
export async function load(url, { callers, seconds, headers = {} }) {
  const request = requestFor(new URL(url), headers);
  const taken = [];
  const begun = performance.now();
  const until = begun + seconds * 1000;
  await Promise.all(Array.from({ length: callers }, () => caller(new URL(url), request, until, taken)));
  const rate = taken.length / ((performance.now() - begun) / 1000);
  return { rate, taken: taken.sort((a, b) => a - b) };
}

/** Sends one GET from so many callers at once, in turns to these addresses, and gives how long each took, sorted. */
export async function burst(urls, { callers, headers = {} }) {
  const sockets = await Promise.all(
    Array.from({ length: callers }, (_, index) => open(new URL(urls[index % urls.length]))),
  );
  const requests = urls.map((url) => requestFor(new URL(url), headers));
  const begun = performance.now();
  const taken = await Promise.all(
    sockets.map(async (socket, index) => {
      socket.write(requests[index % urls.length]);
      let answer = '';
      for await (const part of socket) if (isWhole((answer += part))) break;
      return performance.now() - begun;
    }),
  );
  return taken.sort((a, b) => a - b);
}

async function open({ hostname, port }) {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

function requestFor({ host, pathname }, headers) {
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${pathname} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

async function caller({ hostname, port }, request, until, taken) {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let from = 0;
  let answer = '';
  const ask = () => {
    from = performance.now();
    answer = '';
    socket.write(request);
  };
  socket.setEncoding('latin1');
  socket.on('connect', ask);
  socket.on('data', (part) => {
    answer += part;
    if (!isWhole(answer)) return;
    const now = performance.now();
    taken.push(now - from);
    if (now < until) ask();
    else socket.end();
  });
  await once(socket, 'close');
}

function isWhole(answer) {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`answered ${answer.slice(9, 12)}`);
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  return answer.length >= end + 4 + Number(length);
}
