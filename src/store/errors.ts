/** The database or its key cannot be used as they are. The message is one line for the operator with the next step. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
