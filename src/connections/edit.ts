import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { iso } from '../lib/time';
import { type Details, saveDetails } from '../store/connection-details';
import { findConnection } from '../store/connections';
import { followName } from '../store/former-names';
import type { ConnectionRow } from '../store/schema';
import { getConnection } from './connections';
import { isConnectionName, nameRule } from './names';

export { type FormerName, findByFormerName, formerNamesOf } from '../store/former-names';

/** As it was typed. */
export type Edit = Readonly<Record<'name' | 'label' | 'note' | 'tags', string>>;
/** What is wrong, by field. */
export type EditProblems = Partial<Edit>;

const longestLabel = 80;
export const longestNote = 500;
export const mostTags = 10;
const tagRule = 'A tag is 1 to 32 of a-z 0-9 . _ - (for example client-a).';

/** Null when it was saved; a rename takes API keys, links and attempts along. Throws a Problem when there is no connection. */
export async function editConnection(
  context: Context,
  name: string,
  edit: Edit,
  actor: Actor,
): Promise<EditProblems | null> {
  const details = { ...edit, note: edit.note.replaceAll('\r\n', '\n'), tags: tagsOf(edit.tags) };
  return inTransaction(context, async (transaction) => {
    const seen = await getConnection(transaction, name);
    const problems = { ...problemsOf(details), ...(await nameProblem(transaction, seen, details.name)) };
    if (Object.keys(problems).length > 0) return problems;
    await save(transaction, seen, details, actor);
    return null;
  });
}

async function save(transaction: Context, seen: ConnectionRow, details: Details, actor: Actor): Promise<void> {
  const { store } = transaction;
  const changed = (['label', 'note', 'tags'] as const).filter((field) => seen[field] !== textOf(details[field]));
  const isRenamed = details.name !== seen.name;
  if (!isRenamed && changed.length === 0) return;
  await saveDetails(store, seen.id, details);
  if (isRenamed) {
    await followName(store, seen, details.name, iso(transaction.now()));
    // Under either name, so that the activity of both tells it.
    await record(transaction, actor, { action: 'renamed', subject: seen.name, detail: details.name });
    await record(transaction, actor, { action: 'name_given', subject: details.name, detail: seen.name });
  }
  if (changed.length > 0) {
    await record(transaction, actor, { action: 'edited', subject: details.name, detail: changed.join(', ') });
  }
}

function textOf(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(' ');
}

function tagsOf(typed: string): string[] {
  const tags = typed.toLowerCase().split(/[\s,;]+/);
  return [...new Set(tags.map((tag) => tag.replace(/^#/, '')).filter((tag) => tag !== ''))];
}

function problemsOf({ label, note, tags }: Details): EditProblems {
  const bad = tags.find((tag) => !/^[a-z0-9._-]{1,32}$/.test(tag));
  return {
    ...((label.length > longestLabel || /\p{C}/u.test(label)) && { label: `Use ${longestLabel} characters at most.` }),
    ...((note.length > longestNote || /[^\P{C}\n]/u.test(note)) && { note: `Use ${longestNote} characters at most.` }),
    ...(tags.length > mostTags && { tags: `Use ${mostTags} tags at most.` }),
    ...(bad !== undefined && { tags: `“${bad}” cannot be a tag. ${tagRule}` }),
  };
}

async function nameProblem({ store }: Context, seen: ConnectionRow, name: string): Promise<EditProblems> {
  if (!isConnectionName(name)) return { name: nameRule };
  if (name === seen.name || !(await findConnection(store, name))) return {};
  return { name: `There is a connection called “${name}” already.` };
}
