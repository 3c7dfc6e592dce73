import { readConfig } from '../../src/config/config';
import { createCounts, type OpenContext } from '../../src/context';
import { createInFlight } from '../../src/lib/concurrency';
import type { OpenStore } from '../../src/store/store';
import { createOutbound } from '../../src/lib/outbound';
import { createZoho } from '../../src/zoho/client';
import { zohoHosts } from '../../src/zoho/hosts';
import { listLog } from './start';

/** What the domain works with, on a store that a test has opened. No call to Zoho gets anywhere. */
export function contextOn(
  store: OpenStore,
  { now = () => new Date(), env = {} }: { now?: () => Date; env?: Record<string, string> } = {},
): OpenContext {
  const outbound = createOutbound(null);
  const zoho = createZoho(zohoHosts({ us: 'http://127.0.0.1:9' }), outbound);
  const [log, inFlight, counts] = [listLog([]), createInFlight(), createCounts()];
  return { config: readConfig(env), store, zoho, outbound, now, log, inFlight, counts };
}
