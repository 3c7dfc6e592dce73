import type { NewConnection } from '../store/connections';
import type { ConnectionRow } from '../store/schema';
import { dataCenter, type Environment } from '../zoho/data-centers';
import { environmentOf } from '../zoho/hosts';
import type { Identity } from '../zoho/account';

/** What a connection's tokens are for: a reconnect that changes one of these needs a second yes. */
export interface Change {
  readonly what: 'data centre' | 'environment' | 'organisation' | 'user';
  readonly from: string;
  readonly to: string;
}

const notTold = 'not told by Zoho';

/** A new connection whose environment is null when Zoho did not name one. */
export interface Grant extends Omit<NewConnection, 'environment' | 'account'> {
  readonly environment: Environment | null;
  readonly account: Identity;
}

/** The environment in use; connections of before that column have it in their API domain. */
export function environmentIn(row: Pick<ConnectionRow, 'environment' | 'api_domain'>): Environment {
  return row.environment ?? environmentOf(row.api_domain) ?? 'production';
}

/** What Zoho did not tell stays as it was known: its silence must neither move a connection nor forget whose it was. */
export function completed(grant: Grant, seen: ConnectionRow | undefined): NewConnection {
  if (!seen) return { ...grant, environment: grant.environment ?? 'production' };
  const { account } = grant;
  const stays = grant.environment === null && grant.dataCenter === seen.data_center;
  return {
    ...grant,
    apiDomain: stays ? seen.api_domain : grant.apiDomain,
    environment: stays ? environmentIn(seen) : (grant.environment ?? 'production'),
    account: {
      ...(account.zuid === null && !isElsewhere(seen, grant)
        ? { zuid: seen.zuid, userName: seen.user_name, userEmail: seen.user_email }
        : { zuid: account.zuid, userName: account.userName, userEmail: account.userEmail }),
      ...(isToldOrganisation(account) || grant.dataCenter !== seen.data_center
        ? { organisation: account.organisation, organisationId: account.organisationId }
        : { organisation: seen.organisation, organisationId: seen.organisation_id }),
    },
  };
}

/**
 * Why these tokens must not replace what is stored: scripts would write into somebody else's books. An outsider, who came
 * by a link, must be known to be the same user.
 */
export function refusalOf(seen: ConnectionRow, account: Identity, isOutsider: boolean): string | null {
  if (isOutsider && (seen.zuid === null || account.zuid === null)) return 'user_unclear';
  if (seen.zuid === null) return null;
  if (account.zuid === null) return account.unclear ? 'user_unclear' : null;
  return seen.zuid === account.zuid ? null : 'different_user';
}

export function changesOf(seen: ConnectionRow, grant: Grant): Change[] {
  const next = completed(grant, seen);
  const changes: Change[] = [];
  if (seen.data_center !== next.dataCenter) {
    const [from, to] = [dataCenter(seen.data_center).country, dataCenter(next.dataCenter).country];
    changes.push({ what: 'data centre', from, to });
  }
  if (environmentIn(seen) !== next.environment) {
    changes.push({ what: 'environment', from: environmentIn(seen), to: next.environment });
  }
  changes.push(...organisationChange(seen, grant));
  if (seen.zuid !== null && next.account.zuid === null) {
    changes.push({ what: 'user', from: seen.user_name ?? seen.user_email ?? seen.zuid, to: notTold });
  }
  return changes;
}

/** Who was the user there need not be the user here. */
function isElsewhere(seen: ConnectionRow, grant: Grant): boolean {
  if (grant.dataCenter !== seen.data_center) return true;
  return isToldOrganisation(grant.account) && organisationChange(seen, grant).length > 0;
}

export function changeWords({ what, from, to }: Change): string {
  return `${what}: ${from} → ${to}`;
}

function organisationChange(seen: ConnectionRow, { account, dataCenter: now }: Grant): Change[] {
  const known = { organisation: seen.organisation, organisationId: seen.organisation_id };
  if (!isToldOrganisation(known)) return [];
  if (!isToldOrganisation(account)) {
    if (!account.asksOrganisation && now === seen.data_center) return [];
    return [{ what: 'organisation', from: nameOf(known), to: notTold }];
  }
  const byId = known.organisationId !== null && account.organisationId !== null;
  const same = byId ? known.organisationId === account.organisationId : known.organisation === account.organisation;
  return same ? [] : [{ what: 'organisation', from: nameOf(known), to: nameOf(account) }];
}

type Organisation = Pick<Identity, 'organisation' | 'organisationId'>;

function isToldOrganisation({ organisation, organisationId }: Organisation): boolean {
  return organisation !== null || organisationId !== null;
}

/** Two organisations of one person may have the same name, so the number is shown as well. */
function nameOf({ organisation, organisationId }: Organisation): string {
  if (organisation === null) return organisationId ?? '';
  return organisationId === null ? organisation : `${organisation} (${organisationId})`;
}
