export interface Secret {
  readonly name: string;
  readonly value: string;
}

export interface Place {
  readonly name: string;
  readonly content: Buffer | string;
}

export interface Leak {
  readonly secret: string;
  readonly place: string;
  readonly form: string;
}

/** So much of a secret is recognised: few enough that a cut one is found, enough that nothing looks like it by chance. */
const windowLength = 16;

/** Where any part of a secret stands, as it is or encoded in a usual way. One line for each secret, place and form. */
export function findLeaks(secrets: readonly Secret[], places: readonly Place[]): Leak[] {
  const windows = new Map<string, { secret: string; form: string }>();
  for (const { name, value } of secrets) {
    for (const [form, text] of formsOf(value)) {
      for (const part of windowsOf(text)) if (!windows.has(part)) windows.set(part, { secret: name, form });
    }
  }
  return places.flatMap((place) => leaksIn(place, windows));
}

function leaksIn({ name, content }: Place, windows: ReadonlyMap<string, { secret: string; form: string }>): Leak[] {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  const found = new Map<string, Leak>();
  for (const part of windowsOf(text)) {
    const hit = windows.get(part);
    if (hit) found.set(`${hit.secret} ${hit.form}`, { ...hit, place: name });
  }
  return [...found.values()];
}

function* windowsOf(text: string): Generator<string> {
  for (let start = 0; start + windowLength <= text.length; start++) yield text.slice(start, start + windowLength);
}

/** A secret as it could be written somewhere. */
function formsOf(value: string): [form: string, text: string][] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  return [
    ['as it is', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['hex', hex],
    ['hex', hex.toUpperCase()],
    // What stands before it shifts how base64 cuts it, so the text that does not depend on that is taken.
    ...[0, 1, 2].flatMap((shift): [string, string][] => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      const inner = text.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 && shift === 0 ? undefined : -4);
      return [
        ['base64', inner],
        ['base64url', inner.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
  ];
}
