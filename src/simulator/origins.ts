import type { RequestListener } from 'node:http';
import { dataCenterApp, type Serves } from './app';
import type { Control } from './control';
import { apiUrlOf, environments, type World } from './state/world';
import { dataCenter, type DataCenterCode } from '../zoho/data-centers';

export interface Origins {
  /** What a port serves to requests that name none of the public hosts. */
  own(code: DataCenterCode, serves: Serves): RequestListener;
}

/**
 * Leads each request to what its Host header names, so that one port can be all of Zoho's hosts.
 * @param changed called after each answer
 */
export function createOrigins(
  world: World,
  control: Control,
  named: readonly DataCenterCode[],
  changed: () => void,
): Origins {
  let byHost: Map<string, RequestListener> | undefined;

  /** Made at the first request: only then all URLs are known. */
  function hosts(): Map<string, RequestListener> {
    return (byHost ??= new Map(named.flatMap((code) => hostsOf(world, control, code))));
  }

  return {
    own(code, serves) {
      const app = dataCenterApp(world, control, code, serves);
      return (req, res) => {
        res.once('close', changed);
        (hosts().get(req.headers.host?.toLowerCase() ?? '') ?? app)(req, res);
      };
    },
  };
}

/** Products have hosts of their own below the data centre's suffix, such as desk.zoho.eu. */
const productHosts = ['desk', 'mail', 'projectsapi'];

function hostsOf(world: World, control: Control, code: DataCenterCode): [string, RequestListener][] {
  const [accounts, api] = [world.urls[code], world.apiUrls[code]].map((url) => new URL(url ?? '').host);
  if (accounts === undefined || api === undefined) return [];
  if (accounts === api) return [[accounts, dataCenterApp(world, control, code, 'both')]];
  const apiApp = dataCenterApp(world, control, code, 'api');
  const products = productHosts.map((name): [string, RequestListener] => [
    `${name}.${dataCenter(code).productSuffix}`,
    apiApp,
  ]);
  const apis = environments.map((one): [string, RequestListener] => [new URL(apiUrlOf(world, code, one)).host, apiApp]);
  return [...products, [accounts, dataCenterApp(world, control, code, 'accounts')], ...apis];
}
