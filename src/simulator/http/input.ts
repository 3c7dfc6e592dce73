import { isDataCenterCode, type DataCenterCode } from '../../zoho/data-centers';

/** JSON or query fields that somebody sent to the control door. */
export type Input = Readonly<Record<string, unknown>>;

/** The readers below throw TypeError, naming the field, when it is not what it has to be. */
export function object(value: unknown): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('a JSON object is needed');
  return Object.fromEntries(Object.entries(value));
}

export function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new TypeError(`${name} has to be a text`);
  return value;
}

/** Also reads digits of a query string, and null or "infinity" as Infinity, which JSON cannot say. */
export function number(input: Input, name: string): number {
  const value = input[name];
  if (value === null || value === 'infinity') return Infinity;
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read !== 'number' || Number.isNaN(read)) throw new TypeError(`${name} has to be a number`);
  return read;
}

export function boolean(input: Input, name: string): boolean {
  const value = input[name];
  if (typeof value !== 'boolean') throw new TypeError(`${name} has to be true or false`);
  return value;
}

export function dataCenter(input: Input, name: string): DataCenterCode {
  const value = input[name];
  if (!isDataCenterCode(value)) throw new TypeError(`${name} has to be the code of a data centre`);
  return value;
}

export function texts(input: Input, name: string): string[] {
  const value = input[name];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw new TypeError(`${name} has to be a list of texts`);
  }
  return value;
}

export function oneOf<Choice extends string>(input: Input, name: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === input[name]);
  if (choice === undefined) throw new TypeError(`${name} has to be one of ${choices.join(', ')}`);
  return choice;
}

export function optional<Value>(
  input: Input,
  name: string,
  read: (input: Input, name: string) => Value,
): Value | undefined {
  return input[name] === undefined ? undefined : read(input, name);
}
