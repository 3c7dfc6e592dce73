import type { RequestHandler } from 'express';
import { dataCenterCodes } from '../../zoho/data-centers';
import type { ZohoHosts } from '../../zoho/hosts';

/** The paths of programs; without regard to case, as Express matches them. */
const programPaths = /^\/(api|metrics|healthz|readyz)(\/|$)/i;

/** Headers of every answer, errors and static files included. Those to programs are no pages and have few. */
export function securityHeaders(hosts: ZohoHosts, baseUrl: string): RequestHandler {
  const forAll = {
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...(baseUrl.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
  const forPages = { ...forAll, ...pageHeaders(hosts) };
  // Zoho's answers to calls through the proxy may well be pages.
  const forPrograms = { ...forAll, 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" };
  return (req, res, next) => {
    res.set(programPaths.test(req.path) ? forPrograms : forPages);
    next();
  };
}

function pageHeaders(hosts: ZohoHosts): Readonly<Record<string, string>> {
  // The connect form is answered by a redirect to Zoho, and browsers hold form-action against redirects too.
  const accounts = [...new Set(dataCenterCodes.map((code) => hosts.accountsUrl(code)))].join(' ');
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; ` +
      `form-action 'self' ${accounts}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
    'X-Frame-Options': 'DENY',
    // no-referrer would make browsers send `Origin: null` with our own forms.
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
  };
}
