import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Database } from './schema';

/** Built and compiled once for each database: that costs several times what SQLite takes to answer. */
export function keptQuery<Row>(
  build: (db: Kysely<Database>) => Compilable<Row>,
): (db: Kysely<Database>, value: string) => Promise<Row | undefined> {
  const compiled = new WeakMap<Kysely<Database>, CompiledQuery<Row>>();
  return async (db, value) => {
    const query = compiled.get(db) ?? build(db).compile();
    compiled.set(db, query);
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: [value] });
    return rows[0];
  };
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
