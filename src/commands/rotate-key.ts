import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/config';
import { graceSeconds, type Rotation, rotateKey } from '../maintenance/rotate-key';
import { byCommandLine } from '../audit';
import { showingProgress } from './progress';
import { requireDatabase, withKeeper } from './with-keeper';

export function addRotateKey(program: Command, configuration: () => Config): void {
  program
    .command('rotate-key')
    .description('seal all stored secrets with a new encryption key and drop the old one')
    .option('--grace <seconds>', 'wait for a running Keeper before the old key is dropped', seconds, graceSeconds)
    .action(async ({ grace }: { grace: number }) => {
      const lines = await withKeeper(requireDatabase(configuration()), async (keeper) =>
        words(await showingProgress((tell) => rotateKey(keeper, byCommandLine, grace, tell))),
      );
      process.stderr.write(`${lines.join('\n')}\n`);
    });
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give whole seconds.');
}

function words({ keyId, keyFile, resealed, damaged, dropped }: Rotation): string[] {
  const lines = [`${resealed} secrets were sealed anew; all are sealed with key ${keyId} now.`];
  if (damaged > 0) lines.push(`${damaged} secrets cannot be opened by any key and were left as they are.`);
  if (keyFile !== null) {
    lines.push(
      `Back up the key file ${keyFile} now. Backups made before still need the old key: keep its copy for them.`,
    );
  } else if (dropped.length > 0) {
    lines.push(
      `ENCRYPTION_KEYS may lose ${dropped.join(', ')} once every instance has started with ${keyId} in the first place.`,
      'Backups made before still need the old key: keep a copy for them.',
    );
  } else if (resealed === 0) {
    lines.push(
      'To change the key, add a new one at the end of ENCRYPTION_KEYS and restart every instance, then move it to the ' +
        'first place and restart again, then run this command.',
    );
  }
  return lines;
}
