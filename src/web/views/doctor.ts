import type { Keeper } from '../../keeper';
import { examine } from '../../maintenance/doctor';
import { proxyHeadersFinding, type Seen } from '../../maintenance/doctor-network';
import { examineSettings, examineVersions } from '../../maintenance/doctor-settings';
import { type Finding, reportOf } from '../../maintenance/findings';

export interface DoctorView {
  /** What needs attention comes first. */
  findings: Finding[];
  bad: number;
  report: string;
}

/** The checks of the command `doctor`, and what only a request can show. */
export async function doctorView(keeper: Keeper, seen: Seen): Promise<DoctorView> {
  const { config } = keeper;
  const findings = [
    ...examineVersions(),
    ...examineSettings(config),
    proxyHeadersFinding(config, seen),
    ...(await examine(keeper)),
  ];
  const bad = findings.filter(({ good }) => !good);
  return {
    findings: [...bad, ...findings.filter(({ good }) => good)],
    bad: bad.length,
    report: reportOf(findings),
  };
}
