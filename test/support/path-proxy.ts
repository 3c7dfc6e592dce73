import { once } from 'node:events';
import { createServer, request } from 'node:http';

export interface PathProxy {
  /** What was asked for outside of the path. */
  readonly strayed: readonly string[];
  close(): void;
}

/** A host at `port` that passes on to `target` what is below `base`, and has nothing else. */
export async function startPathProxy(port: number, base: string, target: number, strips: boolean): Promise<PathProxy> {
  const strayed: string[] = [];
  const server = createServer((req, res) => {
    const { url = '', method, headers } = req;
    if (url !== base && !url.startsWith(`${base}/`)) {
      strayed.push(url);
      return void res.writeHead(404).end();
    }
    const path = strips ? url.slice(base.length) || '/' : url;
    const onward = request({ host: '127.0.0.1', port: target, path, method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  });
  await once(server.listen(port), 'listening');
  return {
    strayed,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
