/** Where the daily backups go, and how many of them are kept. */
export interface BackupPlan {
  readonly folder: string;
  readonly keep: number;
}

const usualNumber = 7;

/** The daily backups that the environment asks for; null when it asks for none. */
export function readBackups(
  { text, complain }: { text(name: string): string | null; complain(problem: string): void },
  databaseUrl: string,
): BackupPlan | null {
  const folder = text('BACKUP_DIR');
  const keep = Number(text('BACKUP_KEEP') ?? usualNumber);
  if (!Number.isInteger(keep) || keep < 1 || keep > 10_000) {
    complain(`BACKUP_KEEP is "${text('BACKUP_KEEP')}": use the number of backups to keep, 1 or more`);
  }
  if (folder !== null && databaseUrl.startsWith('postgres')) {
    complain('BACKUP_DIR is for SQLite: back PostgreSQL up with pg_dump, and leave BACKUP_DIR empty');
  }
  return folder === null ? null : { folder, keep };
}
