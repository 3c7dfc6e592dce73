/** Why a call got no complete answer, in the words of meanings.ts. Takes any error and lets nothing of it out. */
export function transportCode(error: unknown): string {
  const system = systemCode(error);
  if (system === 'ENOTFOUND' || system === 'EAI_AGAIN') return 'name_not_found';
  if (neverConnected.has(system) || system === 'ETIMEDOUT') return 'unreachable';
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|ERR_TLS|ERR_SSL|EPROTO/.test(system)) return 'untrusted_certificate';
  if (error instanceof Error && error.message.startsWith('maxContentLength')) return 'too_large';
  return 'connection_lost';
}

/** Whether the request cannot have reached anybody. */
export function nothingWasSent(error: unknown): boolean {
  return neverConnected.has(systemCode(error)) || transportCode(error) === 'untrusted_certificate';
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
