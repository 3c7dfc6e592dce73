/** Something that a person or a program began. Times are true ones, in milliseconds. */
export interface Operation {
  readonly kind: 'ask' | 'refresh' | 'connect' | 'take_out';
  readonly name: string;
  readonly invokedAt: number;
  /** Null while it is under way, and for ever when its instance died: then nobody knows whether it was done. */
  endedAt: number | null;
  succeeded: boolean;
  /** Of a connect: the code that Zoho gave for it. */
  code: string | null;
}

export interface Operations {
  begin(kind: Operation['kind'], name: string): Operation;
  end(operation: Operation, succeeded: boolean): void;
  /** Of these kinds and this name, those that were under way at some time from then on. */
  since(time: number, name: string, kinds: readonly Operation['kind'][]): Operation[];
  all(): readonly Operation[];
  /** Forgets asks that ended before then. */
  forget(before: number): void;
}

export function createOperations(now: () => number): Operations {
  let list: Operation[] = [];
  return {
    begin(kind, name) {
      const operation = { kind, name, invokedAt: now(), endedAt: null, succeeded: false, code: null };
      list.push(operation);
      return operation;
    },
    end: (operation, succeeded) => void Object.assign(operation, { endedAt: now(), succeeded }),
    since: (time, name, kinds) =>
      list.filter((one) => one.name === name && kinds.includes(one.kind) && (one.endedAt ?? Infinity) >= time),
    all: () => list,
    forget(before) {
      list = list.filter((one) => (one.endedAt ?? one.invokedAt) >= before);
    },
  };
}
