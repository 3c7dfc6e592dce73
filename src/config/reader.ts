import { resolve } from 'node:path';
import { type Option, type OptionName, options, type Values } from './options';
import { Misfit } from './parsers';
import { readText } from './text-file';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of an option. Where something is wrong with it that is its fallback, and a problem is noted. */
export type Read = <Name extends OptionName>(name: Name) => Values[Name];

/** Relative paths begin at `folder`. Collects what is wrong, a sentence each, instead of throwing. */
export function createReader(env: Environment, folder: string) {
  const given = new Set<OptionName>();
  const problems: string[] = [];
  return { read, given, problems };

  function read<Name extends OptionName>(name: Name): Values[Name] {
    const option: Option<Values[Name]> = options[name];
    const text = textOf(name, option);
    const value = text === null ? option.fallback : parse(name, option, text);
    return value === undefined ? option.fallback : value;
  }

  function textOf(name: OptionName, { secret, exact }: Option<unknown>): string | null {
    const text = exact ? env[name] || null : variable(name);
    const file = secret ? variable(`${name}_FILE`) : null;
    if (text !== null || file !== null) given.add(name);
    if (text === null && file !== null) return fileText(`${name}_FILE`, file, exact === true);
    if (file !== null) problems.push(`${name} and ${name}_FILE are both set: keep one`);
    return text;
  }

  function fileText(name: string, written: string, exact: boolean): string | null {
    const file = resolve(folder, written);
    try {
      const text = readText(file);
      // Taken for not set, it would open a door that somebody meant to close.
      if (text.trim() === '') problems.push(`${name} names a file that is empty: ${file}`);
      // Editors and echo end each file with a line break.
      return (exact ? text.replace(/\r?\n$/, '') : text.trim()) || null;
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      problems.push(`${name} names a file that ${error.message}: ${file}`);
      return null;
    }
  }

  function parse<Value>(name: OptionName, { parse, hint, secret }: Option<Value>, text: string): Value | undefined {
    try {
      const value = parse(text);
      if (value === undefined) problems.push(secret ? `${name} ${hint}` : `${name} is "${text}": ${hint}`);
      return value;
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      problems.push(`${name} ${error.message}: ${error.hint ?? hint}`);
      return undefined;
    }
  }

  function variable(name: string): string | null {
    return env[name]?.trim() || null;
  }
}
