/**
 * JavaScript for a process of its own: a server that answers like Zoho's token endpoint, in a thread. While its queue is
 * full of connections that nobody accepts, first packets to it are lost, as on a bad link: connecting takes a second.
 */
export const slowServer = `
  const net = require('node:net');
  const { Worker } = require('node:worker_threads');
  const thread = \`
    const { parentPort, workerData } = require('node:worker_threads');
    const { gate, ip, port, tls } = workerData;
    const { createServer } = require(tls ? 'node:https' : 'node:http');
    const answer = '{"access_token":"1000.a.b","refresh_token":"1000.c.d","expires_in":3600,"token_type":"Bearer"}';
    const server = createServer(tls ?? {}, (req, res) => res.end(answer)).listen(port, ip, 1, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(gate, 0, 0);
    });
  \`;
  async function startSlowServer(ip, port = 0, tls = null) {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const server = new Worker(thread, { eval: true, workerData: { gate, ip, port, tls } });
    const own = await new Promise((resolve) => server.once('message', resolve));
    for (let number = 0; number < 5; number++) net.connect(own, ip).on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { port: own, accept: () => Atomics.notify(gate, 0) };
  }
`;
