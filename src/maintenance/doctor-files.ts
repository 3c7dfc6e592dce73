import type { Context } from '../context';
import { keptFileStanding, standingSince } from '../store/alerts';
import { findConnection } from '../store/connections';
import { findByFormerName } from '../store/former-names';
import { type Finding, found } from './findings';

/** Only of files of KEEP_FILES that could not be written the last time. Those of an ended connection are not any more. */
export async function keptFileFindings({ config, store }: Context): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { connection: name, path } of config.keptFiles) {
    const since = await standingSince(store, keptFileStanding(path));
    if (since === null) continue;
    const connection = (await findConnection(store, name)) ?? (await findByFormerName(store, name));
    if (!connection || connection.status === 'revoked') continue;
    const next = 'Activity says why: look at the folder, its rights and its space.';
    findings.push(found(false, `Kept file of ${name}`, `${path} could not be written since ${since}. ${next}`));
  }
  return findings;
}
