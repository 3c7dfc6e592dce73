import type { Format, SecretKind } from '../exports/formats';
import { type CheckResult, checkable, chooseCheck } from '../calls/product-check';
import type { ConnectionJson } from '../tokens/connection-json';
import type { TokenJson } from '../tokens/token-json';
import { CommandError } from './output';

/** What commands for programs need of a Keeper, on this computer's database or elsewhere. All throw errors with words. */
export interface Access {
  /** `minTtl` in seconds; null means about a minute, or what there is when Zoho cannot be asked. */
  token(name: string, minTtl: number | null): Promise<TokenJson>;
  connections(): Promise<ConnectionJson[]>;
  /** A connection in a format, with a valid token. What renews a file that was given out is not recorded again. */
  export(name: string, format: Format, renews: boolean): Promise<ExportedText>;
  /** Null when no product can be called with the connection's scopes, but there is a token. */
  check(name: string, productCode: string | null): Promise<CheckResult | null>;
}

/** `holds`: what is secret in it, which may be less than in the format. */
export interface ExportedText {
  readonly text: string;
  readonly holds: readonly SecretKind[];
}

/** The same as chooseCheck. Throws a CommandError when there is no such product. */
export function requireCheck(scopes: readonly string[], productCode: string | null): ReturnType<typeof chooseCheck> {
  const check = chooseCheck(scopes, productCode);
  if (check !== null || productCode === null) return check;
  throw new CommandError(`There is no product called “${productCode}” to test: use one of ${checkable.join(', ')}.`);
}
