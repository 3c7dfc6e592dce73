import { startSimulator, type SimulatedClient, type Simulator, type SimulatorOptions } from './simulator';
import { dataCenter } from '../zoho/data-centers';

const firstPort = 4001;

/** Always the same one, so that a configuration written once still fits after a restart. */
const readyMade = {
  id: '1000.SIMULATEDSERVERBASEDCLIENT0001',
  secret: '0123456789abcdef0123456789abcdef0123456789',
  redirectUris: ['http://localhost:3000/oauth/callback', 'http://127.0.0.1:3000/oauth/callback'],
  name: 'Ready-made client',
};

/**
 * Runs the simulator until SIGINT, SIGTERM or SIGHUP and resolves when it has stopped. What a client needs to know goes
 * to stdout. Ports begin at 4001, and a client is ready where none is named.
 * Rejects when a port is taken, or the state cannot be kept any more. Stops as well when stdout cannot be written.
 */
export async function runSimulator(options: SimulatorOptions = {}): Promise<void> {
  const { port = firstPort, dataCenters = ['us', 'eu', 'in'] } = options;
  const [home = 'us'] = dataCenters;
  const clients = options.clients ?? [{ ...readyMade, dataCenter: home }];
  const simulator = await startSimulator({ ...options, port, dataCenters, clients });
  process.stdout.write(welcome(simulator, clients, options.state));
  await toldToStop().finally(simulator.close);
}

function toldToStop(): Promise<void> {
  return new Promise((resolve, reject) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      process.stdout.off('error', stop);
      process.off('uncaughtException', reject);
      resolve();
    };
    // Such as a state that cannot be written any more.
    process.once('uncaughtException', reject);
    for (const signal of signals) process.on(signal, stop);
    process.stdout.on('error', stop);
  });
}

function welcome(simulator: Simulator, clients: readonly SimulatedClient[], state: string | undefined): string {
  const fate = state === undefined ? 'all of it is forgotten when it stops' : `it is kept in ${state}`;
  return [
    `A simulated Zoho Accounts is running. Nothing in it is real, and ${fate}.`,
    '',
    ...placesOf(simulator),
    '',
    ...clients.slice(0, 1).flatMap((client) => settingsOf(simulator, client)),
    ...(clients.length > 1 ? [`${clients.length - 1} more are registered as well.`] : []),
    'Register clients at /console of any of these addresses; steer it at /_simulator/. Stop with Ctrl+C.',
    '',
  ].join('\n');
}

function placesOf({ urls, apiUrls, addresses }: Simulator): string[] {
  const apis = Object.values(apiUrls);
  return Object.entries(urls).map(([code, url], n) => {
    const address = Object.values(addresses)[n];
    return `  ${code}  ${url}${apis[n] === url ? '' : `  API ${apis[n]}`}${address === url ? '' : `  at ${address}`}`;
  });
}

function settingsOf({ urls, apiUrls }: Simulator, client: SimulatedClient): string[] {
  const pairs = (places: object): string =>
    Object.entries(places)
      .map(([code, url]) => `${code}=${url}`)
      .join(',');
  return [
    `A client is registered in its ${dataCenter(client.dataCenter).country} data centre:`,
    '',
    `  ZOHO_CLIENT_ID=${client.id}`,
    `  ZOHO_CLIENT_SECRET=${client.secret}`,
    `  ZOHO_DATA_CENTER=${client.dataCenter}`,
    `  ZOHO_REDIRECT_URI=${client.redirectUris[0] ?? ''}`,
    `  ZOHO_ACCOUNTS_URLS=${pairs(urls)}`,
    ...(pairs(apiUrls) === pairs(urls) ? [] : [`  ZOHO_API_URLS=${pairs(apiUrls)}`]),
    '',
  ];
}
