import { closeSync, openSync } from 'node:fs';
import { isExhausted } from '../lib/errors';

/** Why a call got no complete answer, in the words of messages.ts. Takes any error and lets nothing of it out. */
export function transportCode(error: unknown): string {
  const { code, syscall } = systemError(error);
  if (code.startsWith('PROXY_')) return code.toLowerCase();
  if (errorsUnder(error).every(isExhausted) || (syscall === 'getaddrinfo' && isOutOfFiles())) return 'exhausted';
  if (syscall === 'getaddrinfo') return 'name_not_found';
  if (syscall === 'connect' || code === 'ETIMEDOUT' || endedBeforeTls(error)) return 'unreachable';
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return 'untrusted_certificate';
  if (error instanceof Error && error.message.startsWith('maxContentLength')) return 'too_large';
  if (code.startsWith('HPE_')) return 'unexpected_answer';
  return 'connection_lost';
}

export function nothingWasSent(error: unknown): boolean {
  const { code, syscall } = systemError(error);
  if (syscall === 'getaddrinfo' || syscall === 'connect' || code.startsWith('PROXY_')) return true;
  return endedBeforeTls(error) || transportCode(error) === 'untrusted_certificate';
}

/** Node gives this error no code of its own. Firewalls and proxies that let nobody through hang up like that. */
function endedBeforeTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes('before secure TLS connection was established');
}

/** Without a file for the question, no name is found either, and the system does not say why. */
function isOutOfFiles(): boolean {
  try {
    closeSync(openSync(__filename, 'r'));
    return false;
  } catch (error) {
    return isExhausted(error);
  }
}

function systemError(error: unknown): { code: string; syscall: string } {
  const [first] = errorsUnder(error);
  return { code: textOf(first, 'code'), syscall: textOf(first, 'syscall') };
}

/** Node's own error under axios' one. A name with several IP addresses has a list of errors, one for each. */
function errorsUnder(error: unknown): readonly unknown[] {
  const cause = memberOf(error, 'cause') ?? error;
  const errors = memberOf(cause, 'errors');
  return Array.isArray(errors) && errors.length > 0 ? errors : [cause];
}

function textOf(error: unknown, name: string): string {
  const value = memberOf(error, name);
  return typeof value === 'string' ? value : '';
}

function memberOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
