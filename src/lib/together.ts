/**
 * Reads of the same id that come in one turn of the event loop share one read, which begins after all of them came: so
 * none gets anything older than its call, and a thousand callers at once cost as much as one.
 */
export function together<Value>(read: (id: string) => Promise<Value>): (id: string) => Promise<Value> {
  const coming = new Map<string, Promise<Value>>();
  return (id) => {
    const known = coming.get(id);
    if (known) return known;
    const result = nextTurn().then(() => {
      coming.delete(id);
      return read(id);
    });
    coming.set(id, result);
    return result;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
