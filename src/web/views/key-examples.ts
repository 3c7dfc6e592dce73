/** How a program asks for a token, in one language. Shown as tabs by partials/examples. */
export interface Example {
  id: string;
  label: string;
  value: string;
}

/**
 * Examples with the address of this Keeper and the name of a connection. `key` is the text of the key while it is shown;
 * without it they read KEEPER_KEY from the environment, as those in programs always do.
 */
export function examplesFor(baseUrl: string, name: string, key: string | null = null): Example[] {
  const path = `/api/v1/connections/${name}/token`;
  const url = baseUrl + path;
  return [
    { id: 'example-shell', label: 'Shell', value: shell(baseUrl, path, key ?? 'zt_…') },
    { id: 'example-curl', label: 'curl', value: curl(url, key ?? '$KEEPER_KEY') },
    { id: 'example-node', label: 'Node', value: node(url) },
    { id: 'example-python', label: 'Python', value: python(url) },
    { id: 'example-php', label: 'PHP', value: php(url) },
  ];
}

function shell(baseUrl: string, path: string, key: string): string {
  return `export KEEPER_URL=${baseUrl}
export KEEPER_KEY=${key}
curl -sS --fail-with-body -H "Authorization: Bearer $KEEPER_KEY" \\
  "$KEEPER_URL${path}"`;
}

function curl(url: string, key: string): string {
  return `curl -sS --fail-with-body -H "Authorization: Bearer ${key}" \\
  "${url}"`;
}

function node(url: string): string {
  return `const url = '${url}';
const headers = { Authorization: \`Bearer \${process.env.KEEPER_KEY}\` };
const response = await fetch(url, { headers });
const answer = await response.json();
if (!response.ok) throw new Error(\`\${answer.code}: \${answer.detail}\`);
console.log(answer.access_token, answer.api_domain);`;
}

function python(url: string): string {
  return `import json, os, urllib.request

url = "${url}"
headers = {"Authorization": "Bearer " + os.environ["KEEPER_KEY"]}
request = urllib.request.Request(url, headers=headers)
with urllib.request.urlopen(request, timeout=30) as response:
    answer = json.load(response)
print(answer["access_token"], answer["api_domain"])`;
}

function php(url: string): string {
  return `<?php
$url = '${url}';
$header = 'Authorization: Bearer ' . getenv('KEEPER_KEY');
$context = stream_context_create(['http' => ['header' => $header, 'timeout' => 30]]);
$text = file_get_contents($url, false, $context);
if ($text === false) exit(1);
$answer = json_decode($text, true);
echo $answer['access_token'], ' ', $answer['api_domain'], PHP_EOL;`;
}
