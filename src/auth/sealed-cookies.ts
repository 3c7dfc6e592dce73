import { openOrNull } from '../store/encryption/cipher';
import type { Store } from '../store/store';

type Purpose = 'login' | 'flash';

/** A text that the browser keeps for this Keeper, and can neither read nor change nor use for another purpose. */
export function sealCookie({ cipher }: Store, purpose: Purpose, text: string): string {
  return cipher.seal(text, placeOf(purpose));
}

/** Null where there is none, or where it is not from here. */
export function openCookie({ cipher }: Store, purpose: Purpose, sealed: string | null): string | null {
  return sealed === null ? null : openOrNull(() => cipher.open(sealed, placeOf(purpose)));
}

function placeOf(purpose: Purpose) {
  return { column: `cookie.${purpose}`, row: 'browser' };
}
