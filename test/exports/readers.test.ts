import { parse } from 'dotenv';
import { itWith, make, runOn, sample } from './support';

// Each format read back by software that has nothing to do with the Keeper.

const awkward = ['plain', 'with space', `it's`, '$HOME `id` "x"', 'a#b=c', 'ü€', 'two\nlines', 'back\\slash'];

describe('env', () => {
  it.each(awkward)('is read by dotenv: %j', (clientSecret) => {
    const read = parse(make('env', { clientSecret }));
    expect(read['ZOHO_CLIENT_SECRET']).toBe(clientSecret);
    expect(read['ZOHO_API_DOMAIN']).toBe(sample.apiDomain);
  });

  it.each(awkward)('is read by a shell: %j', (clientSecret) => {
    const script = '. ./.env; printf %s "$ZOHO_CLIENT_SECRET"';
    expect(runOn({ '.env': make('env', { clientSecret }) }, ['sh', '-c', script])).toBe(clientSecret);
  });
});

describe('PHP', () => {
  const php = itWith('php');

  php('reads token.json, whose token ends an hour after created_at', () => {
    const script = `
      $token = json_decode(file_get_contents('token.json'), true);
      echo json_encode([$token['access_token'], strtotime($token['created_at'] . ' UTC') + 3600]);`;
    const end = Math.floor(Date.parse(sample.expiresAt) / 1000);
    const read: unknown = JSON.parse(runOn({ 'token.json': make('token-json') }, ['php', '-r', script]));
    expect(read).toEqual([sample.accessToken, end]);
  });

  php.each(['plain', `it's \\ "x" $y`, '\\', 'ü€'])('reads the configuration of zcrm-php-sdk: %j', (clientSecret) => {
    const config = make('zcrm-php-config', { clientSecret });
    const read = JSON.parse(
      runOn({ 'config.php': config }, ['php', '-r', `echo json_encode(require 'config.php');`]),
    ) as Record<string, string>;
    expect(read['client_secret']).toBe(clientSecret);
    expect(read['apiBaseUrl']).toBe('www.zohoapis.eu');
    expect(read['token_persistence_path']).toMatch(/^\//);
  });

  php.each(['maria@brightwater.example', 'märia";s:1:"@x.example'])(
    'reads the tokens of zcrm-php-sdk: %s',
    (userEmail) => {
      const script = `
      namespace zcrmsdk\\oauth\\utility;
      class ZohoOAuthTokens {
        private $refreshToken; private $accessToken; private $expiryTime; private $userEmailId;
        public function all() { return [$this->refreshToken, $this->accessToken, $this->expiryTime, $this->userEmailId]; }
      }
      echo json_encode(unserialize(file_get_contents('tokens.txt'))[0]->all());`;
      const read: unknown = JSON.parse(
        runOn({ 'tokens.txt': make('zcrm-php-tokens', { userEmail }) }, ['php', '-r', script]),
      );
      expect(read).toEqual([sample.refreshToken, sample.accessToken, Date.parse(sample.expiresAt), userEmail]);
    },
  );

  php.each(['php-function', 'store-php', 'store-zcrm-php', 'zcrm-php-config'])('takes %s for valid PHP', (format) => {
    const code = make(format, { clientSecret: `it's \\` });
    expect(runOn({ 'code.php': code }, ['php', '-l', 'code.php'])).toContain('No syntax errors');
  });
});

it('curl is valid shell, whatever the secret', () => {
  const text = make('curl', { clientSecret: `it's "$x" \\` }).replaceAll('curl -sS', 'printf "%s\\n"');
  expect(runOn({ 'zoho.sh': text }, ['sh', 'zoho.sh'])).toContain(`client_secret=it's "$x" \\\n`);
});

itWith('python3')('Python reads the store of its SDK by the headings', () => {
  const script = `import csv, json; print(json.dumps(list(csv.DictReader(open('tokens.txt', newline='')))))`;
  const [row] = JSON.parse(runOn({ 'tokens.txt': make('sdk-python') }, ['python3', '-c', script])) as Record<
    string,
    string
  >[];
  expect(row).toMatchObject({ id: '1', client_id: sample.clientId, redirect_uri: sample.redirectUri, grant_token: '' });
  expect(row?.['expiry_time']).toBe(String(Date.parse(sample.expiresAt)));
});

itWith('python3')('Python takes the class that asks the Keeper for valid', () => {
  runOn({ 'keeper_store.py': make('store-python') }, ['python3', '-m', 'py_compile', 'keeper_store.py']);
});

itWith('ruby')('Ruby reads the store of its SDK by the headings', () => {
  const script = `require 'csv'; require 'json'; puts JSON.generate(CSV.read('tokens.txt', headers: true).map(&:to_h))`;
  const [row] = JSON.parse(runOn({ 'tokens.txt': make('sdk-ruby') }, ['ruby', '-e', script])) as Record<
    string,
    string
  >[];
  expect(row).toMatchObject({ id: '1', refresh_token: sample.refreshToken, api_domain: sample.apiDomain });
});
