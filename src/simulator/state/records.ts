/** A record of CRM by the API names of its fields; `id` is digits. */
export type CrmRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** CRM's records: every organisation has its own, and begins with a few samples. */
export interface Records {
  list(orgId: string, module: string): readonly CrmRecord[];
  find(orgId: string, module: string, id: string): CrmRecord | undefined;
  /** Adds a record, or takes the place of the one with its id. */
  put(orgId: string, module: string, record: CrmRecord): void;
  /** False when there is none. */
  remove(orgId: string, module: string, id: string): boolean;
  newId(orgId: string): string;
  save(): SavedRecords;
  load(saved: SavedRecords): void;
}

export type SavedRecords = readonly (readonly [orgId: string, module: string, records: readonly CrmRecord[]])[];

const samples: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  Leads: [
    { First_Name: 'Amara', Last_Name: 'Diallo', Company: 'Diallo Imports', Email: 'amara@diallo.example' },
    { First_Name: 'Tom', Last_Name: 'Becker', Company: 'Becker Metallbau', Email: 'tom@becker.example' },
  ],
  Contacts: [
    { First_Name: 'Lucía', Last_Name: 'Ferrer', Email: 'lucia@ferrer.example', Phone: '+34 600 000 001' },
    { First_Name: 'Hugh', Last_Name: 'Abernathy', Email: 'hugh@abernathy.example', Phone: null },
  ],
  Accounts: [{ Account_Name: 'Diallo Imports', Website: 'https://diallo.example', Phone: null }],
  Deals: [{ Deal_Name: 'Spring order', Stage: 'Qualification', Amount: 1250, Closing_Date: '2027-03-31' }],
};

export function createRecords(): Records {
  const byModule = new Map<string, Map<string, CrmRecord>>();

  function recordsOf(orgId: string, module: string): Map<string, CrmRecord> {
    const key = `${orgId} ${module}`;
    const records = byModule.get(key) ?? new Map(sampleRecords(orgId, module).map((record) => [record.id, record]));
    byModule.set(key, records);
    return records;
  }

  return {
    list: (orgId, module) => [...recordsOf(orgId, module).values()],
    find: (orgId, module, id) => recordsOf(orgId, module).get(id),
    put: (orgId, module, record) => void recordsOf(orgId, module).set(record.id, record),
    remove: (orgId, module, id) => recordsOf(orgId, module).delete(id),
    newId(orgId) {
      const taken = [...byModule.values()].flatMap((records) => [...records.keys()]);
      const numbers = taken.filter((id) => id.startsWith(orgId)).map((id) => Number(id.slice(orgId.length)));
      return idOf(orgId, Math.max(9_999_999, ...numbers) + 1);
    },
    save: () =>
      [...byModule].map(([key, records]) => {
        const [orgId = '', module = ''] = key.split(' ');
        return [orgId, module, [...records.values()]];
      }),
    load(saved) {
      byModule.clear();
      for (const [orgId, module, records] of saved) {
        byModule.set(`${orgId} ${module}`, new Map(records.map((record) => [record.id, record])));
      }
    },
  };
}

function sampleRecords(orgId: string, module: string): CrmRecord[] {
  const place = Object.keys(samples).indexOf(module) + 1;
  return (samples[module] ?? []).map((sample, n) => ({ id: idOf(orgId, place * 1000 + n), ...sample }));
}

function idOf(orgId: string, number: number): string {
  return `${orgId}${String(number).padStart(9, '0')}`;
}
