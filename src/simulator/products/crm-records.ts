import type { SimulatedUser } from '../state/users';

type CrmRecord = Readonly<{ [field: string]: string | number | null }>;

const samples: Readonly<{ [module: string]: readonly CrmRecord[] }> = {
  leads: [
    { First_Name: 'Amara', Last_Name: 'Diallo', Company: 'Diallo Imports', Email: 'amara@diallo.example' },
    { First_Name: 'Tom', Last_Name: 'Becker', Company: 'Becker Metallbau', Email: 'tom@becker.example' },
  ],
  contacts: [
    { First_Name: 'Lucía', Last_Name: 'Ferrer', Email: 'lucia@ferrer.example', Phone: '+34 600 000 001' },
    { First_Name: 'Hugh', Last_Name: 'Abernathy', Email: 'hugh@abernathy.example', Phone: null },
  ],
  accounts: [{ Account_Name: 'Diallo Imports', Website: 'https://diallo.example', Phone: null }],
  deals: [{ Deal_Name: 'Spring order', Stage: 'Qualification', Amount: 1250, Closing_Date: '2027-03-31' }],
};

export function isModule(name: string): boolean {
  return Object.hasOwn(samples, name.toLowerCase());
}

/** The records of a module, only the named fields; `id` always comes along. */
export function recordsOf(user: SimulatedUser, module: string, fields: readonly string[] | undefined): CrmRecord[] {
  return (samples[module.toLowerCase()] ?? []).map((record, n) => {
    const shown = Object.entries(record).filter(([name]) => fields?.includes(name) ?? true);
    return { id: `${user.orgId}00000${1000 + n}`, ...Object.fromEntries(shown) };
  });
}
