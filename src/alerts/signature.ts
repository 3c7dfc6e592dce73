import { createHmac } from 'node:crypto';

/** Signs as Standard Webhooks has it (standardwebhooks.com). `secret` is `whsec_` and base64. */
export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
