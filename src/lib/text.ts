/** `toLowerCase` for ASCII only: it also turns the Kelvin sign (U+212A) into a `k`, so that two addresses become one. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const hidden = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Without what would break lines, or show the rest in another order: a name is shown beside words of ours. */
export function plainText(text: string): string {
  return text.replaceAll(hidden, ' ').trim();
}

export function isPlainText(text: string): boolean {
  return text.search(hidden) === -1;
}
