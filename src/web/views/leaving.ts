export interface LeavingView {
  /** Where the browser goes, by itself where scripts run. */
  url: string;
  host: string;
}
