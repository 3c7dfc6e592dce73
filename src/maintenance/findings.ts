import { redact } from '../lib/redact';

export interface Finding {
  readonly good: boolean;
  readonly subject: string;
  readonly words: string;
}

export function found(good: boolean, subject: string, words: string): Finding {
  return { good, subject, words };
}

export function linesOf(findings: readonly Finding[]): string {
  return findings.map(({ good, subject, words }) => `${good ? '✓' : '✗'} ${subject}: ${words}\n`).join('');
}

/** The same without anything secret, to be pasted where others read it. */
export function reportOf(findings: readonly Finding[]): string {
  return redact(linesOf(findings));
}
