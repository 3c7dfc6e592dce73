export type UnderWay = ReturnType<typeof createUnderWay>;

/** Work that has to end before the program does, although whoever began it may have gone. */
export function createUnderWay() {
  const works = new Set<Promise<unknown>>();
  return { track, ended };

  function track<Result>(work: Promise<Result>): Promise<Result> {
    works.add(work);
    const forget = (): void => void works.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Resolves when all that was tracked has ended, well or badly. */
  async function ended(): Promise<void> {
    await Promise.allSettled(works);
  }
}
