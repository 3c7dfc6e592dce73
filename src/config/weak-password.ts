import { passwords } from './common-passwords.json';

const common = new Set(passwords.split(' '));
/** What somebody writes who looks at this program for ideas. */
const ownWords = new Set([
  'admin',
  'administrator',
  'dashboard',
  'keeper',
  'owner',
  'password',
  'token',
  'tokenkeeper',
  'zoho',
  'zohotokenkeeper',
  'zohokeeper',
]);

/** Also with a few digits or signs behind it, as in `Password2026!`. */
export function isCommonPassword(password: string): boolean {
  const plain = password.normalize('NFKC').trim().toLowerCase();
  const stem = plain.replace(/[^a-z]{1,4}$/, '');
  return common.has(plain) || common.has(stem) || ownWords.has(stem.replace(/[^a-z]/g, '')) || /^(.)\1*$/u.test(plain);
}
