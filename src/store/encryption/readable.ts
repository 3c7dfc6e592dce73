import { DamagedSecret } from './cipher';

/** A damaged secret is as good as none where it was about to be replaced or forgotten. */
export function readable(open: () => string | null): string | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof DamagedSecret) return null;
    throw error;
  }
}
