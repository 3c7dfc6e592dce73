import { isConnectionName, nameRule } from '../connections/names';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { findConnection } from '../store/connections';
import type { DataCenterCode } from '../zoho/data-centers';
import type { Candidate } from './candidate';
import { ownerOf } from './import-one';
import { recognise } from './recognise';

export interface ImportRequest {
  readonly content: string;
  /** What is said here counts more than what the content says; empty says nothing. */
  readonly name: string;
  readonly clientId: string;
  readonly dataCenter: DataCenterCode | null;
}

/** `label` is what the content calls it, else its place there. A name that was asked for tells none from the others. */
export type Labelled = Candidate & { readonly label: string };

/** The refresh tokens that are to be tried, each once. Throws a Problem when there are none. */
export async function candidatesOf(context: Context, request: ImportRequest): Promise<Labelled[]> {
  const { name, content } = request;
  if (name !== '' && !isConnectionName(name)) {
    throw new Problem(400, 'invalid_name', 'That name cannot be used.', nameRule);
  }
  const candidates = distinct(recognise(content)).map((candidate, at) => ({
    ...completedBy(candidate, request),
    label: candidate.name ?? `number ${at + 1}`,
  }));
  await requireFree(context, name, candidates);
  return candidates;
}

function completedBy(candidate: Candidate, { name, clientId, dataCenter }: ImportRequest): Candidate {
  return {
    ...candidate,
    ...(name !== '' && { name }),
    ...(clientId !== '' && { clientId }),
    ...(dataCenter !== null && { dataCenter }),
  };
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.refreshToken, candidate])).values()];
}

/** A name that somebody chose for one connection is not changed without a word. */
async function requireFree(context: Context, name: string, candidates: readonly Candidate[]): Promise<void> {
  const [only] = candidates;
  if (name === '' || candidates.length !== 1 || !only) return;
  if (!(await findConnection(context.store, name))) return;
  if ((await ownerOf(context, only.refreshToken, new Date(0))) !== null) return;
  const sentence = `There is a connection called “${name}” already.`;
  throw new Problem(409, 'name_taken', sentence, 'Choose another name, or leave it out.');
}
