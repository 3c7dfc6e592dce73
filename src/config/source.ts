import { existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isPackage, program } from '../lib/installation';
import { readEnvFile } from './env-file';
import type { Environment } from './reader';
import { unknownInEnvironment, unknownInFile } from './unknown-names';

/** Where settings come from. Never the folder that somebody happens to stand in: it may be a stranger's. */
export interface Source {
  readonly folder: string;
  readonly envFile: string | null;
  readonly env: Environment;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The checkout; of an installed package, which the next installation replaces, the place where programs keep their data. */
function usualFolder(environment: Environment): string {
  if (!isPackage) return program;
  const data = environment['XDG_DATA_HOME'] || join(homedir(), '.local/share');
  return resolve(data, 'zoho-token-keeper');
}

/** The environment with the usual folder's .env beneath it, or that of `dir`, or the file `envFile`. */
export function readSource(
  choice: { readonly dir?: string; readonly envFile?: string },
  environment: Environment,
): Source {
  const { dir, envFile } = choice;
  const usual = usualFolder(environment);
  // Only this user's: secrets come into it.
  if (dir === undefined && envFile === undefined) mkdirSync(usual, { recursive: true, mode: 0o700 });
  const file = envFile === undefined ? join(resolve(dir ?? usual), '.env') : resolve(envFile);
  const folder = dir === undefined ? dirname(file) : resolve(dir);
  const names = Object.keys(environment);
  const source = { folder, envFile: null, env: environment, warnings: unknownInEnvironment(names) };
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return { ...source, problems: [`There is no folder ${folder}: correct --dir or --env-file`] };
  }
  if (!existsSync(file)) {
    const problems = envFile === undefined ? [] : [`There is no file ${file}: correct --env-file`];
    return { ...source, problems };
  }
  // Some versions of Node read the file of --env-file as well, so what the environment has may come from there.
  const { values, problems, warnings } = readEnvFile(file, new Set(envFile === undefined ? names : []));
  const others = names.filter((name) => !Object.hasOwn(values, name));
  return {
    folder,
    envFile: file,
    env: { ...values, ...environment },
    problems,
    warnings: [...unknownInEnvironment(others), ...unknownInFile(Object.keys(values)), ...warnings],
  };
}

export function sourceOf(env: Environment): Source {
  return { folder: usualFolder(env), envFile: null, env, problems: [], warnings: [] };
}
