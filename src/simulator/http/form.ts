/** The text fields of a form body, urlencoded or multipart; nothing for any other type. Files are left out. */
export function readForm(contentType: string, body: Buffer): Iterable<readonly [string, string]> {
  const type = contentType.toLowerCase();
  if (type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams(body.toString('utf8'));
  if (type.startsWith('multipart/form-data')) return multipartFields(contentType, body);
  return [];
}

function multipartFields(contentType: string, body: Buffer): [string, string][] {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return [];
  // latin1 keeps bytes and characters one to one while the parts are cut out.
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${mark}`);
  return parts.slice(1, -1).flatMap(fieldOf);
}

function fieldOf(part: string): [string, string][] {
  const headEnd = part.indexOf('\r\n\r\n');
  const head = part.slice(0, headEnd);
  const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
  if (headEnd === -1 || name === undefined || /;\s*filename=/i.test(head)) return [];
  return [[utf8(name), utf8(part.slice(headEnd + 4))]];
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
