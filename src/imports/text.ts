import { plainName, type Values } from './candidate';
import { fieldOf } from './values';

/**
 * `NAME=value`, `'name' => 'value'`, `name: "value"`, wherever it stands: .env, shell, PHP, YAML, addresses. Begins where
 * a word does and bounds the name, or a long word would take minutes.
 */
const assignment =
  /(?<![\w.-])([A-Za-z][\w.-]{0,80})["'\]]{0,2}[ \t]{0,40}(?:=>|=|:)[ \t]{0,40}(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s"'#,;&?)]+))/g;

type Assigned = NonNullable<ReturnType<typeof fieldOf>> & { readonly value: string };

/**
 * The values of each refresh token in a text of assignments. With several tokens, each has what has the same prefix
 * (SALES_REFRESH_TOKEN, SALES_CLIENT_ID), and what the text has once is for all of them.
 */
export function valuesInText(text: string): Values[] {
  const found = assignedIn(text);
  const fields = [...new Set(found.map(({ field }) => field))].map((field) => {
    const all = found.filter((one) => one.field === field);
    return {
      name: plainName(field),
      byPrefix: new Map(all.map(({ prefix, value }) => [prefix, value])),
      only: new Set(all.map(({ value }) => value)).size === 1 ? all[0]?.value : undefined,
    };
  });
  const endpoint = /(https?:\/\/[\w.:-]{1,200})\/oauth\/v2\//.exec(text)?.[1];
  const tokens = found.filter(({ field }) => field === 'refreshToken');
  return tokens.map(({ prefix, value: refreshToken }) => {
    const own = fields.flatMap(({ name, byPrefix, only }): [string, string][] => {
      const value = byPrefix.get(prefix) ?? only;
      return value === undefined ? [] : [[name, value]];
    });
    const name = tokens.length > 1 ? prefix.replace(/(zoho|crm)+$/, '') : '';
    return {
      ...(endpoint !== undefined && { accountsurl: endpoint }),
      ...Object.fromEntries(own),
      refreshtoken: refreshToken,
      ...(name !== '' && { name }),
    };
  });
}

function assignedIn(text: string): Assigned[] {
  return [...text.matchAll(assignment)].flatMap(([, name = '', double, single, bare]) => {
    const read = fieldOf(plainName(name));
    const value = double ?? single ?? bare ?? '';
    return read === null || value === '' || isReference(value) ? [] : [{ ...read, value }];
  });
}

/** A constant, variable or placeholder that is named after what it stands for. */
function isReference(value: string): boolean {
  return /^[A-Za-z_$][\w.$]{0,80}$/.test(value) && fieldOf(plainName(value)) !== null;
}
