/** The client was caught by a trap; the message is the sentence of its row. */
export class Lost extends Error {
  override readonly name = 'Lost';
}
