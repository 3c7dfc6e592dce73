// What the Keeper's token call is compared with: the same JSON from one bare route. node bench/peers/bare.mjs PORT express|node ROUTE JSON
import { createServer } from 'node:http';

const [port, kind, route, json] = process.argv.slice(2);
const body = JSON.parse(json);

if (kind === 'express') {
  const { default: express } = await import('express');
  const app = express();
  app.get(route, (_req, res) => res.json(body));
  app.listen(Number(port), '127.0.0.1');
} else {
  const server = createServer((req, res) => {
    if (req.url !== route) return res.writeHead(404).end();
    res.setHeader('Content-Type', 'application/json');
    const text = JSON.stringify(body);
    res.setHeader('Content-Length', Buffer.byteLength(text));
    res.end(text);
  });
  server.listen(Number(port), '127.0.0.1');
}
