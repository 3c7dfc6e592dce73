import { startSimulator, type SimulatedClient } from './simulator';
import { dataCenter, type DataCenterCode } from '../zoho/data-centers';

export interface RunOptions {
  host?: string;
  /** Port of the first data centre, 4001 when absent; the next ones follow. */
  port?: number;
  dataCenters?: readonly DataCenterCode[];
}

const firstPort = 4001;

/** Always the same one, so that a configuration written once still fits after a restart. */
const readyMade = {
  id: '1000.SIMULATEDSERVERBASEDCLIENT0001',
  secret: '0123456789abcdef0123456789abcdef0123456789',
  redirectUris: ['http://localhost:3000/oauth/callback', 'http://127.0.0.1:3000/oauth/callback'],
  name: 'Ready-made client',
};

/**
 * Runs the simulator until SIGINT or SIGTERM and resolves when it has stopped. What a client needs to know goes to stdout.
 * Rejects when a port is taken. Stops as well when stdout cannot be written.
 */
export async function runSimulator(options: RunOptions = {}): Promise<void> {
  const { port = firstPort, dataCenters = ['us', 'eu', 'in'] } = options;
  const [home = 'us'] = dataCenters;
  const client: SimulatedClient = { ...readyMade, dataCenter: home };
  const simulator = await startSimulator({ ...options, port, dataCenters, clients: [client] });
  process.stdout.write(welcome(simulator.urls, client));
  await toldToStop();
  await simulator.close();
}

function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      process.stdout.off('error', stop);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    process.stdout.on('error', stop);
  });
}

function welcome(urls: Readonly<Partial<Record<DataCenterCode, string>>>, client: SimulatedClient): string {
  const places = Object.entries(urls);
  const home = dataCenter(client.dataCenter);
  return [
    'A simulated Zoho Accounts is running. Nothing in it is real, and all of it is forgotten when it stops.',
    '',
    ...places.map(([code, url]) => `  ${code}  ${url}`),
    '',
    `A client is registered in its ${home.country} data centre:`,
    '',
    `  ZOHO_CLIENT_ID=${client.id}`,
    `  ZOHO_CLIENT_SECRET=${client.secret}`,
    `  ZOHO_DATA_CENTER=${client.dataCenter}`,
    `  ZOHO_REDIRECT_URI=${client.redirectUris[0] ?? ''}`,
    `  ZOHO_ACCOUNTS_URLS=${places.map(([code, url]) => `${code}=${url}`).join(',')}`,
    '',
    'Register more clients at /console of any of these addresses. Stop with Ctrl+C.',
    '',
  ].join('\n');
}
