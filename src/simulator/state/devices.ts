import type { SimulatedUser } from './users';
import type { DataCenterCode } from '../../zoho/data-centers';

/** A device that waits for a person to type its user code. */
export interface DeviceRequest {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly offline: boolean;
  readonly expiresAt: number;
  /** Last poll per data centre, epoch milliseconds. */
  readonly polls: Map<DataCenterCode, number>;
  decision?: 'refused' | SimulatedUser;
}

export interface Devices {
  add(request: DeviceRequest): void;
  find(deviceCode: string | undefined): DeviceRequest | undefined;
  /** By what the person typed, in any letter case. */
  typed(userCode: string): DeviceRequest | undefined;
  remove(request: DeviceRequest): void;
}

export function createDevices(): Devices {
  const byDeviceCode = new Map<string, DeviceRequest>();
  return {
    add(request) {
      byDeviceCode.set(request.deviceCode, request);
    },
    find: (deviceCode) => (deviceCode === undefined ? undefined : byDeviceCode.get(deviceCode)),
    typed: (userCode) =>
      [...byDeviceCode.values()].find((request) => request.userCode === userCode.trim().toUpperCase()),
    remove(request) {
      byDeviceCode.delete(request.deviceCode);
    },
  };
}
