import { statSync } from 'node:fs';
import dotenv from 'dotenv';
import { variableNames } from './options';
import { Misfit } from './parsers';
import type { Environment } from './reader';
import { readText } from './text-file';

export interface EnvFile {
  readonly values: Environment;
  /** What keeps the Keeper from starting, a sentence each. None repeats a value. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const known: ReadonlySet<string> = new Set(variableNames());
const secrets: ReadonlySet<string> = new Set([...known].filter((name) => known.has(`${name}_FILE`)));
const setting = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)(.*)$/;
/** One as other programs write it: shells, Dockerfiles, YAML and JSON. */
const otherShape =
  /^\s*(?:(?:export|set|setx|env|arg|declare|typeset)\s+(?:-\w+\s+)?|\$env:|[-*{,]\s*)?["']?([A-Z][A-Z_]+)\b/i;
const wholeQuotes = /^(?:'((?:\\'|[^'])*)'|"((?:\\"|[^"])*)"|`((?:\\`|[^`])*)`)\s*(?:#.*)?$/;

/** Tells where dotenv reads a line otherwise than it was meant. Lines of names in `replaced` do not count. */
export function readEnvFile(file: string, replaced: ReadonlySet<string>): EnvFile {
  try {
    const text = readText(file);
    const values = dotenv.parse(text);
    const lines = text.split(/\r\n?|\n/);
    const problems = [...misreadLines(lines, values), ...contradictions(lines)].filter(
      ({ name }) => !replaced.has(name),
    );
    return { values, problems: problems.map(({ name, words }) => `${name} ${words}`), warnings: exposed(file, values) };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    return { values: {}, problems: [`The file ${file} ${error.message}`], warnings: [] };
  }
}

interface Misread {
  readonly name: string;
  readonly words: string;
}

function misreadLines(lines: readonly string[], values: Environment): Misread[] {
  return lines.flatMap((line, index) => {
    const [, name = '', written = ''] = setting.exec(line) ?? [];
    if (name === '') return withoutSetting(line, index + 1);
    const words = known.has(name) ? misreading(name, written, values[name] ?? '') : null;
    return words === null ? [] : [{ name, words: `${words} (line ${index + 1} of .env)` }];
  });
}

function withoutSetting(line: string, number: number): Misread[] {
  const name = otherShape.exec(line)?.[1] ?? '';
  if (!known.has(name)) return [];
  return [{ name, words: `stands in line ${number} of .env without “=” behind it: write ${name}=…` }];
}

function misreading(name: string, written: string, value: string): string | null {
  const raw = written.trim();
  if (/\n\s*(export\s+)?[A-Z][A-Z_]+\s*=/.test(value)) return 'goes on over the next settings: close its quotes';
  const [quoted, ...parts] = wholeQuotes.exec(raw) ?? [];
  const quote = raw[0] ?? '';
  if (quoted !== undefined) {
    const inside = parts.find((part) => part !== undefined) ?? '';
    const changes = inside.includes(`\\${quote}`) || (quote === '"' && /\\[nr]/.test(inside));
    return changes ? `has a backslash that means something else inside ${quote}: use another kind of quotes` : null;
  }
  if (/["'`]/.test(quote) && !value.includes('\n') && !raw.endsWith(quote)) {
    return 'begins with a quote that is not closed: close it, or use another kind of quotes around it all';
  }
  const [before = ''] = written.split('#', 1);
  if (before === written || (before.trim() === '' && before !== '')) return null;
  const isCut = /\S$/.test(before) || before === '' || secrets.has(name);
  return isCut ? 'contains #, and the rest is taken for a comment: put the value into quotes' : null;
}

/** The last one counts, and is often the empty one of the example. */
function contradictions(lines: readonly string[]): Misread[] {
  const written = lines.flatMap((line) => {
    const [, name = '', text = ''] = setting.exec(line) ?? [];
    return known.has(name) ? [{ name, text: text.trim() }] : [];
  });
  const last = new Map(written.map(({ name, text }) => [name, text]));
  const lost = written.filter(({ name, text }) => text !== '' && text !== last.get(name));
  return [...new Set(lost.map(({ name }) => name))].map((name) => ({ name, words: 'stands twice in .env: keep one' }));
}

function exposed(file: string, values: Environment): string[] {
  const holdsSecret = [...secrets].some((name) => values[name]);
  if (!holdsSecret || process.platform === 'win32' || (statSync(file).mode & 0o004) === 0) return [];
  return [`Everybody on this computer can read the secrets in ${file}: run chmod 600 on it.`];
}
