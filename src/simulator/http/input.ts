import { isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

/** JSON or query fields that somebody sent to the control door or wrote into a configuration. */
export type Input = Readonly<Record<string, unknown>>;

/** What is wrong with an input, and where in it: `clients[0].redirectUris has to be a list of texts`. */
export class InputError extends TypeError {
  override readonly name = 'InputError';
  readonly path: string;
  readonly words: string;

  constructor(path: string, words: string) {
    super(path === '' ? `the input ${words}` : `${path} ${words}`);
    this.path = path;
    this.words = words;
  }
}

/** Reads what stands at `path`: an InputError that is thrown meanwhile names the whole way. */
export function within<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.path === '' ? path : `${path}.${error.path}`, error.words);
  }
}

/** The readers below throw an InputError when the value is not what it has to be. */
export function object(value: unknown): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('', 'has to be an object');
  }
  return Object.fromEntries(Object.entries(value));
}

/** An object with no other members than these: a misspelt one would be left out without a word. */
export function objectOf(value: unknown, members: readonly string[]): Input {
  const input = object(value);
  const unknown = Object.keys(input).find((name) => !members.includes(name));
  if (unknown !== undefined) throw new InputError(unknown, `is not known here, only ${members.join(', ')}`);
  return input;
}

export function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new InputError(name, 'has to be a text');
  return value;
}

/** Also reads digits of a query string, and null or "infinity" as Infinity, which JSON cannot say. */
export function number(input: Input, name: string): number {
  const value = input[name];
  if (value === null || value === 'infinity') return Infinity;
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read !== 'number' || Number.isNaN(read)) throw new InputError(name, 'has to be a number');
  return read;
}

export function boolean(input: Input, name: string): boolean {
  const value = input[name];
  if (typeof value !== 'boolean') throw new InputError(name, 'has to be true or false');
  return value;
}

export function dataCenter(input: Input, name: string): DataCenterCode {
  const value = input[name];
  if (!isDataCenterCode(value)) throw new InputError(name, 'has to be the code of a data centre');
  return value;
}

export function texts(input: Input, name: string): string[] {
  const value = input[name];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw new InputError(name, 'has to be a list of texts');
  }
  return value;
}

/** Texts by data centre, such as its URL or its secret. */
export function byDataCenter(input: Input, name: string): Partial<Record<DataCenterCode, string>> {
  return within(name, () => {
    const members = object(input[name]);
    const wrong = Object.keys(members).find((code) => !isDataCenterCode(code));
    if (wrong !== undefined) throw new InputError(wrong, 'is not the code of a data centre');
    return Object.fromEntries(Object.keys(members).map((code) => [code, text(members, code)]));
  });
}

/** Reads every item of a list; an absent list has none. */
export function list<Value>(input: Input, name: string, read: (item: unknown) => Value): Value[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value)) throw new InputError(name, 'has to be a list');
  return value.map((item: unknown, n) => within(`${name}[${n}]`, () => read(item)));
}

export function oneOf<Choice extends string>(input: Input, name: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === input[name]);
  if (choice === undefined) throw new InputError(name, `has to be one of ${choices.join(', ')}`);
  return choice;
}

export function optional<Value>(
  input: Input,
  name: string,
  read: (input: Input, name: string) => Value,
): Value | undefined {
  return input[name] === undefined ? undefined : read(input, name);
}
