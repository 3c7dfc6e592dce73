/** How often tokens of a connection were taken in an hour, and by whom. */
export interface TokenUseTable {
  hour: string;
  connection_id: string;
  /** Empty for people, at a page or the command line. */
  api_key_id: string;
  count: number;
  last_at: string;
}

/** The same for the whole installation. */
export interface TokenTotalTable {
  hour: string;
  count: number;
}

/** Names that connections had before they were renamed, until another connection takes one. */
export interface FormerNameTable {
  name: string;
  connection_id: string;
  until: string;
}
