/** A field of a CRM module, as Zoho's SDKs want to know it before they read or write a record. */
export interface CrmField {
  readonly name: string;
  readonly type: 'text' | 'email' | 'phone' | 'website' | 'currency' | 'date' | 'datetime';
  readonly isMandatory: boolean;
  readonly isReadOnly: boolean;
}

const modules: Readonly<Record<string, readonly CrmField[]>> = {
  Leads: [
    field('First_Name'),
    mandatory('Last_Name'),
    field('Company'),
    field('Email', 'email'),
    field('Phone', 'phone'),
  ],
  Contacts: [field('First_Name'), mandatory('Last_Name'), field('Email', 'email'), field('Phone', 'phone')],
  Accounts: [mandatory('Account_Name'), field('Website', 'website'), field('Phone', 'phone')],
  Deals: [mandatory('Deal_Name'), field('Stage'), field('Amount', 'currency'), field('Closing_Date', 'date')],
};

const moduleNames: readonly string[] = Object.keys(modules);

/** The module's own spelling; undefined when there is no such module. */
export function moduleOf(name: string): string | undefined {
  return moduleNames.find((one) => one.toLowerCase() === name.toLowerCase());
}

export function fieldsOfModule(module: string): readonly CrmField[] {
  return [...(modules[module] ?? []), stamp('Created_Time'), stamp('Modified_Time')];
}

function field(name: string, type: CrmField['type'] = 'text'): CrmField {
  return { name, type, isMandatory: false, isReadOnly: false };
}

function mandatory(name: string): CrmField {
  return { ...field(name), isMandatory: true };
}

function stamp(name: string): CrmField {
  return { ...field(name, 'datetime'), isReadOnly: true };
}

/** `/crm/v8/settings/modules` */
export function describeModules(): object[] {
  return moduleNames.map((name, n) => ({
    id: `50000000000${n + 1}`,
    api_name: name,
    module_name: name,
    singular_label: name.slice(0, -1),
    plural_label: name,
    generated_type: 'default',
    api_supported: true,
    viewable: true,
    creatable: true,
    editable: true,
    deletable: true,
  }));
}

/** `/crm/v8/settings/fields` */
export function describeFields(module: string): object[] {
  return fieldsOfModule(module).map(({ name, type, isMandatory, isReadOnly }, n) => ({
    id: `50000000001${String(n).padStart(2, '0')}`,
    api_name: name,
    field_label: name.replaceAll('_', ' '),
    data_type: type,
    json_type: type === 'currency' ? 'double' : 'string',
    system_mandatory: isMandatory,
    read_only: isReadOnly,
    custom_field: false,
    visible: true,
  }));
}
