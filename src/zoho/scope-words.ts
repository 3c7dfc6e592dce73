/** Parts of scopes that no rule makes readable. */
const words: Readonly<Record<string, string>> = {
  alarmrules: 'alarm rules',
  basic: 'basic data (counts, lookups, profiles)',
  bulk: 'bulk jobs',
  candidatestatus: 'candidate status',
  compositeitems: 'composite items',
  configsettings: 'configuration settings',
  coql: 'queries (COQL)',
  creditnotes: 'credit notes',
  customerpayments: 'customer payments',
  custommodule: 'custom modules',
  dataapi: 'data API',
  datapoints: 'data points',
  datastreams: 'data streams',
  debitnotes: 'debit notes',
  deliverychallans: 'delivery challans',
  email: 'e-mail address',
  expensecategory: 'expense categories',
  expensereport: 'expense reports',
  fullaccess: 'everything',
  inventoryadjustments: 'inventory adjustments',
  jobopening: 'job openings',
  jobopeningstatus: 'job opening status',
  mdmdevicemgmt: 'device management',
  mdminventory: 'device inventory',
  mdmuser: 'users of devices',
  meta: 'metadata',
  modules: 'records of all modules',
  notifications: 'notifications (webhooks)',
  openid: 'ID token (sign in)',
  org: 'organisation',
  orgsettings: 'organisation settings',
  phone: 'phone number',
  pricebooks: 'price books',
  purchaseorders: 'purchase orders',
  purchasereceives: 'purchase receives',
  purchasereturns: 'purchase returns',
  recurringexpenses: 'recurring expenses',
  recurringinvoices: 'recurring invoices',
  retainerinvoices: 'retainer invoices',
  salesorders: 'sales orders',
  salesreturnreceives: 'sales return receives',
  salesreturns: 'sales returns',
  settings: 'settings and metadata',
  shipmentorders: 'shipment orders',
  tasklists: 'task lists',
  teamfolders: 'team folders',
  timetracker: 'time tracker',
  transferorders: 'transfer orders',
  usermanagement: 'user management',
  vendorpayments: 'vendor payments',
};

const wholes: Readonly<Record<string, string>> = {
  'aaaserver.profile': 'name, e-mail address and number of the user',
  'phonebridge.zohoone': 'callers in Zoho One',
  profile: 'name and picture',
  'zohobookings.data': 'services, staff, slots and appointments',
};

/** What a resource such as `ZohoCRM.settings.custom_buttons` is, for people: “custom buttons (settings)”. */
export function resourceWords(resource: string): string {
  const whole = wholes[resource.toLowerCase()];
  if (whole !== undefined) return whole;
  const [service = '', ...parts] = resource.split('.');
  const [first, ...rest] = parts.length === 0 ? [service] : parts;
  if (first === undefined || rest.length === 0) return partWords(first ?? '');
  const last = rest.map(partWords).join(', ');
  if (first === 'modules') return last;
  return first === 'share' ? `sharing of ${last}` : `${last} (${spaced(first)})`;
}

export function operationWords(operation: string): string {
  return operations[operation] ?? operation.toLowerCase();
}

const operations: Readonly<Record<string, string>> = {
  '': 'Ask for it',
  ALL: 'Everything',
  READ: 'Read',
  CREATE: 'Create',
  UPDATE: 'Change',
  DELETE: 'Delete',
  WRITE: 'Write',
  'CREATE-UPDATE': 'Create, change',
  CUSTOM: 'Run',
  LOG: 'Log',
  SEARCH: 'Look up',
};

function partWords(part: string): string {
  return words[part.toLowerCase()] ?? spaced(part);
}

function spaced(part: string): string {
  return part
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}
