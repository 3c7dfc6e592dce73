/** Longer ones would not fit, as a parameter, into the headers that proxies take. */
const longest = 1500;

const base = 'http://keeper.invalid';

/** What nobody lands on: sign-in, answers of Zoho's with their code, downloads, and what programs and scripts ask for. */
const notPages = /^\/(login|logout|oauth|api|assets|live|metrics|healthz|readyz|events\.jsonl)(\/|$)/i;

/** The page of ours that `address` asks for, to lead on to after the sign-in; null for any other address and for `/`. */
export function landingOf(address: string | undefined): string | null {
  if (address === undefined || !address.startsWith('/') || !URL.canParse(address, base)) return null;
  // Read as browsers do, who take \ for / and drop tabs and line breaks.
  const { origin, pathname, search, hash } = new URL(address, base);
  const landing = pathname + search + hash;
  const isOurs = origin === base && !pathname.startsWith('//') && !notPages.test(pathname);
  return isOurs && landing !== '/' && encodeURIComponent(landing).length <= longest ? landing : null;
}

/** The sign-in page, with the reason that it gives and the page that it leads on to. */
export function signInAddress(because: string | null, landing: string | null): string {
  const query = new URLSearchParams({
    ...(because !== null && { because }),
    ...(landing !== null && { next: landing }),
  });
  return query.size === 0 ? '/login' : `/login?${query.toString()}`;
}
