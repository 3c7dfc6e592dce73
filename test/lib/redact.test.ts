import { redact } from '../../src/lib/redact';

const token = `1000.${'0a'.repeat(16)}.${'f1'.repeat(16)}`;

it.each([
  [`token ${token}.`, 'token 1000.….'],
  ['client 1000.ABCDEFGHIJKLMNOPQRSTUVWXYZ1234 in us', 'client 1000.ABCD… in us'],
  ['key zt_abcdefghij_secretsecret', 'key zt_…'],
  ['Refresh tokens of ann.lee@example.com: 15', 'Refresh tokens of …@example.com: 15'],
  ['postgres://keeper:hunter2@db.example.com/x', 'postgres://…@db.example.com/x'],
  ['http://localhost:3000/oauth/callback, 36 bytes', 'http://localhost:3000/oauth/callback, 36 bytes'],
])('%s', (text, safe) => {
  expect(redact(text)).toBe(safe);
});
