import { isPlainText, lowerAscii, plainText } from '../../src/lib/text';

it('lower case makes no letter of another alphabet one of ASCII', () => {
  expect(lowerAscii('MARK@Example.COM')).toBe('mark@example.com');
  for (const other of ['\u212Aelvin', '\u0130', 'Ä']) expect(lowerAscii(other)).toBe(other);
});

it('plain text has no character that breaks lines or turns the rest around', () => {
  for (const hidden of [
    '\0',
    '\n',
    '\u001B',
    '\u007F',
    '\u0085',
    '\u202E',
    '\u2066',
    '\u200F',
    '\u061C',
    '\u2028',
    '\u2029',
  ]) {
    expect([plainText(`Ann${hidden}Lee`), isPlainText(`Ann${hidden}Lee`)]).toEqual(['Ann Lee', false]);
  }
  // Persian and the languages of India write these between letters.
  for (const joiner of ['\u200C', '\u200D']) {
    expect([plainText(`a${joiner}b`), isPlainText(`a${joiner}b`)]).toEqual([`a${joiner}b`, true]);
  }
});
