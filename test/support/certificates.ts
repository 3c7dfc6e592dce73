import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** An authority made on the spot, and certificates of it. */
export interface Authority {
  /** The file of its own certificate, for those who shall trust it. */
  readonly file: string;
  issue(hostName: string, validity?: { from: string; until: string }): Certificate;
}

/** Makes keys and certificates in this folder with the openssl program. */
export function createAuthority(folder: string): Authority {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority');
  writeFileSync(file('index'), '');
  writeFileSync(file('serial'), '1000');
  writeFileSync(file('ca.conf'), configuration);
  let number = 0;
  return {
    file: file('ca.pem'),
    issue(hostName, validity = { from: '20200101000000Z', until: '20991231000000Z' }) {
      const name = `host-${++number}`;
      const alternative = `subjectAltName=DNS:${hostName}`;
      openssl(
        'req',
        '-new',
        ...newKey,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
        '-addext',
        alternative,
      );
      const dates = ['-startdate', validity.from, '-enddate', validity.until];
      openssl('ca', '-batch', '-notext', '-config', 'ca.conf', '-in', `${name}.csr`, '-out', `${name}.pem`, ...dates);
      return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) };
    },
  };
}

const configuration = `
[ca]
default_ca = test
[test]
database = index
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
copy_extensions = copy
policy = anything
[anything]
commonName = supplied
`;
