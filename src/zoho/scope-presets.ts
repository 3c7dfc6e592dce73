export interface ScopePreset {
  readonly code: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Tells whose account it is, without which a reconnect cannot notice another user. */
const whose = 'AaaServer.profile.Read';

/** What programs are written for most often. */
export const scopePresets: readonly ScopePreset[] = [
  preset('crm-read', 'CRM, read only', 'ZohoCRM', 'modules.READ', 'settings.fields.READ', 'users.READ', 'org.READ'),
  preset('crm-all', 'CRM, everything', 'ZohoCRM', 'modules.ALL', 'settings.ALL', 'users.ALL', 'org.ALL', 'bulk.ALL'),
  preset('books-invoices', 'Books invoices', 'ZohoBooks', 'invoices.ALL', 'contacts.READ', 'settings.READ'),
  preset('desk-tickets', 'Desk tickets', 'Desk', 'tickets.ALL', 'contacts.READ', 'basic.READ'),
  preset('mail', 'Mail', 'ZohoMail', 'messages.ALL', 'folders.READ', 'accounts.READ'),
  preset('projects', 'Projects and tasks', 'ZohoProjects', 'portals.READ', 'projects.ALL', 'tasks.ALL'),
  preset('workdrive', 'WorkDrive files', 'WorkDrive', 'files.ALL', 'users.READ'),
  preset('people', 'People, read only', 'ZOHOPEOPLE', 'employee.READ', 'forms.READ', 'leave.READ'),
];

function preset(code: string, name: string, service: string, ...parts: readonly string[]): ScopePreset {
  return { code, name, scopes: [...parts.map((part) => `${service}.${part}`), whose] };
}
