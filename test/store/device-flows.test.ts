import {
  changePolling,
  claimPoll,
  makeDevice,
  openDeviceCode,
  takeDevice,
  waitingDevices,
} from '../../src/store/device-flows';
import { endFlow, findFlow } from '../../src/store/flows';
import type { FlowRow } from '../../src/store/schema';
import type { OpenStore } from '../../src/store/store';
import { databases } from '../support/postgres';
import { at, started, useStore } from '../support/rows';

const code = { deviceCode: '1004.device.code', userCode: 'ABCD-EFGH', verificationUrl: 'https://accounts.zoho.com/x' };

async function waiting(store: OpenStore): Promise<FlowRow> {
  const { id } = await started(store);
  await makeDevice(store, id, { ...code, expiresAt: at(300), pollAt: at(31), interval: 31 });
  const flow = await findFlow(store, id);
  if (!flow) throw new Error('the flow is gone');
  return flow;
}

describe.each(databases)('device flows on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('wait with their code sealed, and are due at their time', async () => {
    const flow = await waiting(store());
    expect(flow.device_code_sealed).not.toContain(code.deviceCode);
    expect(openDeviceCode(store(), flow)).toBe(code.deviceCode);
    const ids = async (dueBy?: string) => (await waitingDevices(store(), dueBy)).map(({ id }) => id);
    expect([await ids(), await ids(at(31))]).toEqual([
      expect.arrayContaining([flow.id]) as string[],
      expect.arrayContaining([flow.id]) as string[],
    ]);
    expect(await ids(at(30))).not.toContain(flow.id);
  });

  it('are asked about by one of many, and go on or end once', async () => {
    const flow = await waiting(store());
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimPoll(store(), flow, at(62))));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const takes = await Promise.all([1, 2, 3].map(() => takeDevice(store(), flow.id, at(40))));
    expect(takes.filter(Boolean)).toHaveLength(1);
    expect(await changePolling(store(), flow.id, { poll_interval: 36 })).toBe(false);
    expect(await findFlow(store(), flow.id)).toMatchObject({ status: 'exchanging', device_code_sealed: null });
  });

  it('keep no code once they have ended', async () => {
    const flow = await waiting(store());
    await endFlow(store(), flow.id, 'failed', 'cancelled', at(40));
    expect(await takeDevice(store(), flow.id, at(41))).toBe(false);
    expect(await findFlow(store(), flow.id)).toMatchObject({ status: 'failed', device_code_sealed: null });
  });
});
