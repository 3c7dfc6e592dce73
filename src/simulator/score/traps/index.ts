import type { Trap } from '../trap';
import { twentyFirstToken } from './21st-token';
import { clock } from './clock';
import { doubleCallback } from './double-callback';
import { errorsWith200 } from './errors-with-200';
import { failedReconnect } from './failed-reconnect';
import { forgedAccountsServer } from './forged-accounts-server';
import { forgedState } from './forged-state';
import { keptRefreshToken } from './kept-refresh-token';
import { lostAnswer } from './lost-answer';
import { manyCalls } from './many-calls';
import { otherDataCentre } from './other-data-centre';
import { restart } from './restart';
import { throttle } from './throttle';
import { twentyCallers } from './twenty-callers';

export const traps: readonly Trap[] = [
  errorsWith200,
  throttle,
  manyCalls,
  twentyCallers,
  twentyFirstToken,
  keptRefreshToken,
  lostAnswer,
  clock,
  otherDataCentre,
  forgedAccountsServer,
  forgedState,
  doubleCallback,
  failedReconnect,
  restart,
];
