import { dataCenterCodes, isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

/** JSON or query fields that somebody sent to the control door or wrote into a configuration. */
export type Input = Readonly<Record<string, unknown>>;

/** Reads one member. Throws an InputError, as all readers here do, when its value is not what it has to be. */
export type Reader<Value> = (input: Input, name: string) => Value;

type Readers = Readonly<Record<string, Reader<unknown>>>;
type Members<Of extends Readers> = { readonly [Name in keyof Of]: ReturnType<Of[Name]> };

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

/** Reads an object that has these members and no others: a misspelt one would be left out without a word. */
export function membersOf<Of extends Readers>(readers: Of): (value: unknown) => Members<Of> {
  return (value) => {
    const input = object(value);
    refuseOthers(input, Object.keys(readers));
    // Object.assign gives any: that each name has what its own reader gave is said by the type above.
    return Object.assign({}, ...Object.entries(readers).map(([name, read]) => ({ [name]: read(input, name) })));
  };
}

/** Throws an InputError that names the first member that is not known, and those that are. */
export function refuseOthers(input: Input, known: readonly string[]): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InputError(unknown, `is not known here, ${known.length === 0 ? 'nothing is' : `only ${known.join(', ')}`}`);
}

export function object(value: unknown): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('', 'has to be an object');
  }
  return Object.fromEntries(Object.entries(value));
}

export function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new InputError(name, 'has to be a text');
  return value;
}

export function number(input: Input, name: string): number {
  const value = input[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new InputError(name, 'has to be a number');
  return value;
}

export function integer(input: Input, name: string): number {
  const value = input[name];
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new InputError(name, 'has to be a whole number');
  return value;
}

/** A whole number in a query string, which has texts only. */
export function digits(input: Input, name: string): number {
  const value = text(input, name);
  if (!/^\d+$/.test(value)) throw new InputError(name, 'has to be a whole number');
  return Number(value);
}

/** A number, or null or "infinity" for Infinity, which JSON cannot say. */
export function endless(input: Input, name: string): number {
  const value = input[name];
  return value === null || value === 'infinity' || value === Infinity ? Infinity : number(input, name);
}

export function boolean(input: Input, name: string): boolean {
  const value = input[name];
  if (typeof value !== 'boolean') throw new InputError(name, 'has to be true or false');
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

export function oneOf<Choice>(choices: readonly Choice[]): Reader<Choice> {
  return (input, name) => {
    const choice = choices.find((one) => one === input[name]);
    if (choice === undefined) throw new InputError(name, `has to be one of ${choices.join(', ')}`);
    return choice;
  };
}

export const dataCenter = oneOf(dataCenterCodes);

/** Every item of a list; an absent list has none. */
export function list<Value>(read: (item: unknown) => Value): Reader<Value[]> {
  return (input, name) => {
    const { [name]: value = [] } = input;
    if (!Array.isArray(value)) throw new InputError(name, 'has to be a list');
    return value.map((item: unknown, n) => within(`${name}[${n}]`, () => read(item)));
  };
}

/** A value inside, which `read` takes as a whole. */
export function nested<Value>(read: (value: unknown) => Value): Reader<Value> {
  return (input, name) => within(name, () => read(input[name]));
}

export function optional<Value>(read: Reader<Value>): Reader<Value | undefined> {
  return (input, name) => (input[name] === undefined ? undefined : read(input, name));
}
