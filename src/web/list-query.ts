import type { Request } from 'express';
import { type AskedPage, isListFilter, type ListQuery, type Place } from '../connections/list';
import { Problem } from '../lib/problem';
import { parameter } from './input';

export interface AskedList extends AskedPage {
  /** As it was typed. */
  readonly search: string;
}

export const wholeList: AskedList = {
  search: '',
  query: { words: [], filter: '', tag: '', sort: '' },
  from: null,
  isBackwards: false,
};

const mostWords = 6;
/** The API's words for the states that the list calls by what a person sees. */
const ofStatus = new Map([
  ['needs_reconnect', 'broken'],
  ['throttled', 'waiting'],
  ['revoked', 'disconnected'],
]);

/** Throws a Problem when a parameter has a value that no page links to. */
export function askedList(req: Request): AskedList {
  const read = (name: string): string => parameter(req, name) ?? '';
  if (Object.keys(req.query).every((name) => !isAsked(name))) return wholeList;
  const search = read('q').trim().slice(0, 200);
  const words = search.split(/\s+/).filter(Boolean).slice(0, mostWords);
  const [status, tag, sort, before] = [read('status'), read('tag'), read('sort'), read('before')];
  const filter = ofStatus.get(status) ?? status;
  if (!isListFilter(filter) || !isSort(sort) || !/^[a-z0-9._-]{0,32}$/.test(tag)) throw unknownList();
  // The newest cannot be searched: those with a word are found in the order of their names.
  const query = { words, filter, tag, sort: words.length > 0 && sort === 'newest' ? '' : sort };
  return { search, query, from: placeOf(before || read('after')), isBackwards: before !== '' };
}

function isAsked(name: string): boolean {
  return ['q', 'status', 'tag', 'sort', 'before', 'after'].includes(name);
}

function isSort(text: string): text is ListQuery['sort'] {
  return text === '' || text === 'name' || text === 'newest';
}

/** As `addressOf` writes it. */
function placeOf(text: string): Place | null {
  if (text === '') return null;
  const [, part, time = '', name = ''] = /^([0-3])~([\d.:TZ-]{0,24})~([a-z0-9._-]{1,64})$/.exec(text) ?? [];
  if (part === undefined) throw unknownList();
  return { part: Number(part), time, name };
}

function unknownList(): Problem {
  const sentence = 'There is no such list of connections.';
  return new Problem(400, 'invalid_request', sentence, 'Go back to the dashboard and choose from there.');
}

/** The address of the list with this changed, from its first page on unless `before` or `after` is named. */
export function addressOf(
  { search, query }: AskedList,
  change: Partial<Record<'q' | 'status' | 'tag' | 'sort', string>> & { before?: Place; after?: Place } = {},
): string {
  const { before, after, ...other } = change;
  const all = { q: search, status: query.filter, tag: query.tag, sort: query.sort, ...other };
  const parameters = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ''));
  const place = before ?? after;
  if (place) parameters.set(before ? 'before' : 'after', `${place.part}~${place.time}~${place.name}`);
  return parameters.size === 0 ? '/' : `/?${parameters.toString()}`;
}

/** Where a form leads back to that was sent from the list at this address, which is what `field` holds. */
export function listAt(query: string): string {
  return query.startsWith('?') ? `/?${new URLSearchParams(query).toString()}` : '/';
}
