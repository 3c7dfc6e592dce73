export interface RevealView {
  connectionName: string;
  kind: string;
  token: string;
}

export function revealView(connectionName: string, kind: 'access_token' | 'refresh_token', token: string): RevealView {
  return { connectionName, kind: kind.replace('_', ' '), token };
}
