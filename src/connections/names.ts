export function isConnectionName(name: string): boolean {
  return /^[a-z0-9._-]{1,64}$/.test(name) && !/^\.+$/.test(name);
}

export const nameRule = 'Use 1 to 64 of a-z 0-9 . _ - (for example crm-sales).';
