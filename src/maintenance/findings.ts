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

/** For programs that read it. */
export function jsonOf(findings: readonly Finding[]): string {
  const members = findings.map(({ good, subject, words }) => ({ ok: good, subject, message: words }));
  return `${JSON.stringify({ ok: findings.every(({ good }) => good), findings: members }, null, 2)}\n`;
}

/** The same without anything secret, to be shown where others read it. */
export function redacted(findings: readonly Finding[]): Finding[] {
  return findings.map(({ good, subject, words }) => found(good, redact(subject), redact(words)));
}

export function reportOf(findings: readonly Finding[]): string {
  return linesOf(redacted(findings));
}
