import { editDistance } from '../lib/edit-distance';
import { variableNames } from './options';

const known = variableNames();
const beginnings = new Set([...known.map((name) => name.split('_', 1)[0]), 'KEEPER', 'SMTP', 'ALERT', 'OUTBOUND']);

/** Names in .env that look like ours and mean nothing, a sentence each. Never with a value. */
export function unknownInFile(names: readonly string[]): string[] {
  return names.filter(isUnknown).flatMap((name) => {
    const likely = shortened(name) ?? likelyName(name, name.length < 8 ? 1 : 3);
    const isOurs = beginnings.has(spelt(name).split('_', 1)[0]);
    if (likely === null && !isOurs) return [];
    const advice = likely === null ? '.env.example lists what does.' : `did you mean ${likely}?`;
    return [`.env sets ${name}, which means nothing to the Keeper: ${advice}`];
  });
}

/** The environment belongs to others as well, so only what is all but ours is named. */
export function unknownInEnvironment(names: readonly string[]): string[] {
  return names.filter(isUnknown).flatMap((name) => {
    const likely = name.length < 8 ? null : likelyName(name, 2);
    return likely === null
      ? []
      : [`The environment sets ${name}, which means nothing to the Keeper: did you mean ${likely}?`];
  });
}

function isUnknown(name: string): boolean {
  return !known.includes(name);
}

/** A name of ours without its first word, as in `CLIENT_ID`. */
function shortened(name: string): string | null {
  return known.find((ours) => ours.split('_').slice(1).join('_') === spelt(name)) ?? null;
}

function likelyName(name: string, most: number): string | null {
  const [best] = known
    .map((ours) => ({ ours, distance: editDistance(spelt(name), ours) }))
    .toSorted((one, other) => one.distance - other.distance);
  return best && best.distance <= most ? best.ours : null;
}

function spelt(name: string): string {
  return name.toUpperCase().replace(/[-.]/g, '_');
}
