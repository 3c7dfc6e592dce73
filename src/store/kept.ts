import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import { SilentDatabase, storageFault } from './errors';
import type { Database } from './schema';

const names = new Map<string, string>();

/** Under which name PostgreSQL keeps the plan of this statement; undefined for those that are not asked all the time. */
export function nameOf(sql: string): string | undefined {
  return names.get(sql);
}

/** Built and compiled once for each database: that costs several times what SQLite takes to answer. */
export function keptQuery<Row>(
  build: (db: Kysely<Database>) => Compilable<Row>,
): (db: Kysely<Database>, value: string) => Promise<Row | undefined> {
  const compiled = new WeakMap<Kysely<Database>, CompiledQuery<Row>>();
  return async (db, value) => {
    const query = compiled.get(db) ?? build(db).compile();
    compiled.set(db, query);
    if (!names.has(query.sql)) names.set(query.sql, `keeper_${names.size}`);
    const ask = () => db.executeQuery<Row>({ ...query, parameters: [value] });
    // It only reads, so on a connection that was just cut off it is asked again.
    const { rows } = await ask().catch((error: unknown) => (isCutOff(error) ? ask() : Promise.reject(error)));
    return rows[0];
  };
}

function isCutOff(error: unknown): boolean {
  return storageFault(error) === 'unreachable' && !(error instanceof SilentDatabase);
}

/** Most texts of statements come from this program and are few; those with a list of values have one for each length. */
const mostStatements = 500;

/** Gives again what was prepared for the same text. Forgets everything once that is too much: the driver frees it. */
export function keptStatements<Statement>(prepare: (sql: string) => Statement): (sql: string) => Statement {
  const kept = new Map<string, Statement>();
  return (sql) => {
    const known = kept.get(sql);
    if (known) return known;
    if (kept.size >= mostStatements) kept.clear();
    const statement = prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
}
