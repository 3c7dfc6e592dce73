import fc, { type Arbitrary } from 'fast-check';

/** Text as people, programs and attackers send it: empty, long, of all alphabets, with signs that mean something. */
export const text: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '\0',
      'a\0b',
      '%',
      '\r\nX-Injected: yes',
      '\n',
      '../../../etc/passwd',
      '..\\..\\windows\\win.ini',
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' or 1=1 --",
      "'; drop table connections; --",
      '{{7*7}}${7*7}<%= 7*7 %>',
      '__proto__',
      'constructor',
      'toString',
      '[object Object]',
      '-1',
      '1e999',
      '0x10',
      'null',
      'true',
      '\u202eevil\u202c',
      '\ufeff',
      '\u0000\u001b[31m',
      '👩‍👩‍👧‍👦',
      'ﷺ'.repeat(20),
      'http://169.254.169.254/',
      '//evil.test',
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 9000 }).map((length) => 'a'.repeat(length)) },
);

/** Ways to write text into an address, right and wrong ones. What comes out can stand in a request line. */
export const writtenText: Arbitrary<string> = fc
  .tuple(text, fc.constantFrom('encoded', 'encoded', 'encoded', 'plain', 'twice', 'broken'))
  .map(([value, way]) => {
    if (way === 'plain') return value.replaceAll(/[^\x21-\x7e]/g, '+');
    if (way === 'twice') return encoded(encoded(value));
    return way === 'broken' ? `${encoded(value)}%E0%A4%A` : encoded(value);
  });

/** Percent-encoded bytes; lone surrogates, which no encoding knows, become the sign for broken text. */
export function encoded(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString('utf8'));
}

/** `name=value` up to sixty times, with names that some parsers take for more than names. */
export function pairs(names: readonly string[], values: Arbitrary<string>): Arbitrary<string> {
  const name = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...names) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(...names)
        .chain((known) =>
          fc.constantFrom(
            `${known}[]`,
            `${known}[__proto__]`,
            `${known}.x`,
            known.toUpperCase(),
            ` ${known}`,
            `${known}%00`,
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('__proto__', 'constructor[prototype]', '__proto__[polluted]', '', '&', '='),
    },
    { weight: 1, arbitrary: writtenText },
  );
  const pair = fc
    .tuple(name, values, fc.constantFrom('=', '=', '=', '=', '', '=='))
    .map((parts) => parts[0] + parts[2] + parts[1]);
  const size = fc.oneof({ weight: 8, arbitrary: fc.constant(6) }, { weight: 1, arbitrary: fc.constant(60) });
  return size
    .chain((maxLength) =>
      fc.array(
        pair.map((written) => written.replaceAll(/[^\x21-\x7e]/g, '')),
        { maxLength },
      ),
    )
    .map((all) => all.join('&'));
}

/** Text that HTTP lets into a header. */
export const headerText: Arbitrary<string> = text.map((value) =>
  value
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 3000)
    .trim(),
);
