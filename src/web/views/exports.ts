import type { Context } from '../../context';
import type { ConnectionExport } from '../../exports/connection-export';
import { openExport } from '../../exports/exports';
import { type Format, formats, groups } from '../../exports/formats';
import { secretsInWords } from '../../exports/words';
import type { ConnectionRow } from '../../store/schema';
import { type Example, examplesFor } from './key-examples';

/** The part "Use this connection" of its page. Holds nothing secret: what is shows as dots. */
export interface ExportsView {
  /** What people have to type in elsewhere. */
  facts: Copyable[];
  /** For a script with an API key. */
  examples: Example[];
  groups: { title: string; formats: FormatView[] }[];
}

interface Copyable {
  id: string;
  label: string;
  value: string;
}

interface FormatView {
  name: string;
  title: string;
  audience: string;
  fileName: string;
  /** "the client secret and the refresh token"; null when it can be shown to anybody. */
  holds: string | null;
  preview: string;
}

/** People are led to what needs no secret of Zoho's. */
const openFirst = formats.toSorted((one, other) => Number(one.holds !== null) - Number(other.holds !== null));

export function exportsView(context: Context, connection: ConnectionRow): ExportsView {
  const masked = maskedExport(context, connection);
  return {
    facts: [
      { id: 'fact-accounts', label: 'Accounts URL', value: masked.accountsUrl },
      { id: 'fact-api', label: 'API domain', value: masked.apiDomain },
      { id: 'fact-client', label: 'Client ID', value: masked.clientId },
    ],
    examples: examplesFor(context.config.baseUrl, connection.name),
    groups: groups.map((title) => ({
      title,
      formats: openFirst.filter(({ group }) => group === title).map((format) => formatView(format, masked)),
    })),
  };
}

function formatView(format: Format, masked: ConnectionExport): FormatView {
  const { name, title, audience, fileName, holds } = format;
  const words = holds && secretsInWords(holds);
  // NUL bytes are no characters of a page.
  return { name, title, audience, fileName, holds: words, preview: format.make(masked).replaceAll('\0', '␀') };
}

const dots = '••••••••';

function maskedExport(context: Context, connection: ConnectionRow): ConnectionExport {
  const expiresAt = connection.access_token_expires_at ?? context.now().toISOString();
  return { ...openExport(context, connection), clientSecret: dots, refreshToken: dots, accessToken: dots, expiresAt };
}
