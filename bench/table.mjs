import { cpus, loadavg, release, totalmem } from 'node:os';

/** The middle one, and from where to where the others go. */
export function spread(values, digits = 2) {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(digits));
  const middle = sorted[Math.floor(sorted.length / 2)];
  return sorted.length === 1 ? middle : `${middle} (${sorted[0]} to ${sorted.at(-1)})`;
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** All that a run has found: rows beside goals, and what the sizing is reckoned from. */
export function createTable() {
  const rows = [];
  const costs = {};
  return { add, atLeast, atMost, cost, markdown };

  /** `goal` and `isMet` are left out where a figure stands for itself. */
  function add(what, beside, measured, goal = '', isMet = null) {
    const verdict = isMet === null ? '' : isMet ? 'met' : '**MISSED**';
    const cells = [what, beside, measured, goal, verdict];
    rows.push(cells);
    process.stderr.write(`${cells.filter(Boolean).join(' · ')}\n`);
  }

  function atLeast(goal, what, beside, ratios, detail = '') {
    add(what, beside, `${spread(ratios)} ×${detail}`, `≥ ${goal} ×`, median(ratios) >= goal);
  }

  function atMost(goal, what, beside, ratios, detail = '') {
    add(what, beside, `${spread(ratios)} ×${detail}`, `≤ ${goal} ×`, median(ratios) <= goal);
  }

  /** What one piece of work costs, in microseconds of CPU, or what memory ten thousand connections take. */
  function cost(name, value) {
    costs[name] = value;
  }

  function markdown() {
    return [
      machine(),
      '',
      '| what | beside | measured | goal | |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map(line),
      '',
      '| one vCPU of the Keeper is enough for | a second | CPU for one | and of the database |',
      '| --- | --- | --- | --- |',
      ...sizes().map(line),
      ...memory(),
    ].join('\n');
  }

  function sizes() {
    return Object.entries(costs)
      .filter(([, { cpu }]) => cpu !== undefined)
      .map(([name, { cpu, database }]) => [
        name,
        rounded(1_000_000 / cpu),
        duration(cpu),
        database === undefined ? 'none' : duration(database),
      ]);
  }

  function memory() {
    const found = Object.entries(costs).filter(([, { memory: megabytes }]) => megabytes !== undefined);
    return ['', ...found.map(([name, { memory: megabytes }]) => `Memory, ${name}: ${megabytes.toFixed(0)} MB.`)];
  }
}

function machine() {
  const loads = loadavg().map((load) => load.toFixed(1));
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0].model.trim()}), ${gigabytes} GB, Linux ${release().split('-')[0]}, ` +
    `Node ${process.versions.node}. Load of the machine over the last 1, 5 and 15 minutes: ${loads.join(', ')}.`
  );
}

/** Two digits are what such a figure is good for. */
function rounded(value) {
  return Number(value.toPrecision(2)).toLocaleString('en');
}

function duration(microseconds) {
  return microseconds < 1000 ? `${microseconds.toFixed(0)} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
}

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}
