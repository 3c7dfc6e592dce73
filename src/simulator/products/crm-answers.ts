import { json, type Answer } from '../http/answer';

/** CRM's way to refuse a whole call. */
export function failure(code: string, message: string, status: number, details: object = {}): Answer {
  return json({ code, details, message, status: 'error' }, status);
}

/** Nothing was found. */
export function noContent(): Answer {
  return { status: 204, type: 'application/json;charset=UTF-8', body: '' };
}
