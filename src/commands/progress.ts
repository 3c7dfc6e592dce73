import { type Tell, tellNobody } from '../lib/progress';

const renewed = 500;

/** At a terminal, where work stands that takes longer: in one line on stderr, which is gone when the work ends. */
export async function showingProgress<Result>(work: (tell: Tell) => Promise<Result>): Promise<Result> {
  if (!process.stderr.isTTY) return work(tellNobody);
  let now = '';
  const write = (words: string): boolean => process.stderr.write(`\r${words}\x1b[K`);
  const line = setInterval(() => write(now), renewed);
  try {
    return await work((words) => {
      now = words;
    });
  } finally {
    clearInterval(line);
    if (now !== '') write('');
  }
}
