import { basename, dirname, resolve } from 'node:path';

/** The folder that the program is in: both src/ and dist/ are in it. */
export const program = resolve(__dirname, '../..');

/** Otherwise it is a checkout. */
export const isPackage = basename(dirname(program)) === 'node_modules';

/** How a person in that folder, or in the one that the package was installed in, begins a command. */
export const command = isPackage ? 'npx zoho-token-keeper' : 'node dist/main.js';
