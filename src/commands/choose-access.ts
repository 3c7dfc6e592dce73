import type { Config } from '../config/config';
import { createOutbound } from '../lib/outbound';
import type { Access } from './access';
import { localAccess } from './local';
import { remoteAccess } from './remote';

/** The Keeper that KEEPER_URL names, otherwise the one of DATABASE_URL. Once `ended` fires, it is waited for no longer. */
export function accessTo(config: Config, ended?: AbortSignal): Access {
  return config.remote === null
    ? localAccess(config)
    : remoteAccess(createOutbound(config.outboundProxy), config.remote, ended);
}
