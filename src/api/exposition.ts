import type { Histogram, Labels } from '../lib/counters';

export type Sample = readonly [labels: Labels, value: number];

const prefix = 'zoho_token_keeper_';

/** The lines of one metric in the text format of Prometheus. */
export function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
  before = prefix,
): string[] {
  const full = before + name;
  return [...head(full, type, help), ...samples.map(([labels, value]) => line(full, labels, value))];
}

export function histogram(name: string, help: string, { bounds, series }: Histogram): string[] {
  const full = prefix + name;
  const lines = series().flatMap(({ labels, count, sum, within }) => [
    ...within.map((many, index) => line(`${full}_bucket`, { ...labels, le: String(bounds[index]) }, many)),
    line(`${full}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${full}_sum`, labels, sum),
    line(`${full}_count`, labels, count),
  ]);
  return [...head(full, 'histogram', help), ...lines];
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

/** A result may be a word of Zoho's, so it can hold anything. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}
