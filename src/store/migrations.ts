import type { Migration } from 'kysely';
import { up as firstStorey } from './migrations/001-first-storey';
import { up as programs } from './migrations/002-programs';
import { up as alerts } from './migrations/003-alerts';
import { up as door } from './migrations/004-door';
import { up as askedScopes } from './migrations/005-asked-scopes';
import { up as clientSecrets } from './migrations/006-client-secrets';
import { up as activity } from './migrations/007-activity';
import { up as words } from './migrations/008-words';
import { up as identity } from './migrations/009-identity';
import { up as links } from './migrations/010-links';
import { up as slots } from './migrations/011-slots';
import { up as defaultClient } from './migrations/012-default-client';
import { up as devices } from './migrations/013-devices';
import { up as proofs } from './migrations/014-proofs';
import { up as providerAccounts } from './migrations/015-provider-accounts';
import { up as eventSeals } from './migrations/016-event-seals';
import { up as labels } from './migrations/017-labels';
import { up as tokenUses } from './migrations/018-token-uses';
import { up as alertTargets } from './migrations/019-alert-targets';
import { up as changes } from './migrations/020-changes';
import { up as sharedSchedule } from './migrations/021-shared-schedule';
import { up as formerNames } from './migrations/024-former-names';
import { up as longTables } from './migrations/025-long-tables';
import { up as manyConnections } from './migrations/026-many-connections';
import { up as clientsInUse } from './migrations/027-clients-in-use';

/** In order; add at the end, never edit one that was released. Each runs in a transaction on both databases. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-first-storey': { up: firstStorey },
  '002-programs': { up: programs },
  '003-alerts': { up: alerts },
  '004-door': { up: door },
  '005-asked-scopes': { up: askedScopes },
  '006-client-secrets': { up: clientSecrets },
  '007-activity': { up: activity },
  '008-words': { up: words },
  '009-identity': { up: identity },
  '010-links': { up: links },
  '011-slots': { up: slots },
  '012-default-client': { up: defaultClient },
  '013-devices': { up: devices },
  '014-proofs': { up: proofs },
  '015-provider-accounts': { up: providerAccounts },
  '016-event-seals': { up: eventSeals },
  '017-labels': { up: labels },
  '018-token-uses': { up: tokenUses },
  '019-alert-targets': { up: alertTargets },
  '020-changes': { up: changes },
  '021-shared-schedule': { up: sharedSchedule },
  '024-former-names': { up: formerNames },
  '025-long-tables': { up: longTables },
  '026-many-connections': { up: manyConnections },
  '027-clients-in-use': { up: clientsInUse },
};
