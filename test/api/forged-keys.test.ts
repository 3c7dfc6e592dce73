import { keyText, newKey, parseKey } from '../../src/auth/key-format';
import { inProcess, type TestApp } from '../support/start';
import { program, someKey } from '../support/program';

describe('an API key that is almost right', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  it('opens nothing: neither the id of a good key with another secret, nor its secret with another id', async () => {
    const good = await someKey(app.server.store);
    const parts = parseKey(good);
    if (!parts) throw new Error('the key cannot be read');
    const last = parts.secret.endsWith('A') ? 'B' : 'A';
    const forged = [
      { ...newKey(), id: parts.id },
      { ...newKey(), secret: parts.secret },
      { ...parts, secret: parts.secret.slice(0, -1) + last },
      { ...parts, secret: last + parts.secret.slice(1) },
    ].map(keyText);
    for (const key of [good, ...forged]) {
      const caller = program(app.url, key);
      const { status } = await caller.get('/api/v1/connections');
      caller.stop();
      expect([key === good, status]).toEqual(key === good ? [true, 200] : [false, 401]);
    }
  });
});
