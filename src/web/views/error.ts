import type { Problem } from '../../lib/problem';

export interface ErrorView {
  status: number;
  title: string;
  sentence: string;
  hint: string;
  next: { href: string; label: string };
  /** What the log knows it by. */
  requestId: string;
  host: string;
}

const titles: Readonly<Record<number, string>> = {
  401: 'Signed out',
  403: 'Not allowed',
  404: 'Not found',
  421: 'Wrong address',
};

export function errorView({ status, sentence, next }: Problem, requestId: string, host: string): ErrorView {
  return {
    status,
    title: titles[status] ?? (status < 500 ? 'That did not work' : 'Something went wrong'),
    sentence,
    hint: next,
    next: status === 401 ? { href: '/login', label: 'Sign in' } : { href: '/', label: 'Back to the dashboard' },
    requestId,
    host,
  };
}
