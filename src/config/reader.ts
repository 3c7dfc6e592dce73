import { readFileSync } from 'node:fs';
import { type Option, type OptionName, options, type Values } from './options';
import { Misfit } from './parsers';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of an option. Where something is wrong with it that is its fallback, and a problem is noted. */
export type Read = <Name extends OptionName>(name: Name) => Values[Name];

/** Reads options from environment variables; tells which were given, and what is wrong with them, a sentence each. */
export function createReader(env: Environment) {
  const given = new Set<OptionName>();
  const problems: string[] = [];
  return { read, given, problems };

  function read<Name extends OptionName>(name: Name): Values[Name] {
    const option: Option<Values[Name]> = options[name];
    const text = textOf(name, option.secret === true);
    const value = text === null ? option.fallback : parse(name, option, text);
    return value === undefined ? option.fallback : value;
  }

  function textOf(name: OptionName, isSecret: boolean): string | null {
    const text = variable(name);
    const file = isSecret ? variable(`${name}_FILE`) : null;
    if (text !== null || file !== null) given.add(name);
    if (text === null && file !== null) return fileText(`${name}_FILE`, file);
    if (file !== null) problems.push(`${name} and ${name}_FILE are both set: keep one`);
    return text;
  }

  function fileText(name: string, file: string): string | null {
    try {
      const text = readFileSync(file, 'utf8').trim();
      // Taken for not set, it would open a door that somebody meant to close.
      if (text === '') problems.push(`${name} names a file that is empty: ${file}`);
      return text || null;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      problems.push(`${name} names a file that cannot be read (${code}): ${file}`);
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
      problems.push(secret ? `${name} ${hint}` : `${name} ${error.message}: ${error.hint ?? hint}`);
      return undefined;
    }
  }

  function variable(name: string): string | null {
    return env[name]?.trim() || null;
  }
}
