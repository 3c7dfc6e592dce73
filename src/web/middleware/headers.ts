import type { RequestHandler } from 'express';
import { dataCenterCodes } from '../../zoho/data-centers';
import type { ZohoHosts } from '../../zoho/hosts';

/** Headers of every answer, errors and static files included. */
export function securityHeaders(hosts: ZohoHosts, baseUrl: string): RequestHandler {
  // The connect form is answered by a redirect to Zoho, and browsers hold form-action against redirects too.
  const accounts = [...new Set(dataCenterCodes.map((code) => hosts.accountsUrl(code)))].join(' ');
  const headers = {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
      `form-action 'self' ${accounts}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // no-referrer would make browsers send `Origin: null` with our own forms.
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
    'Cache-Control': 'no-store',
    ...(baseUrl.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}
