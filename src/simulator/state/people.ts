import type { DataCenterCode } from '../../zoho/data-centers';
import { dataCenter } from '../../zoho/data-centers';
import type { SimulatedUser } from './users';

type Person = readonly [
  dataCenter: DataCenterCode,
  firstName: string,
  lastName: string,
  organisation: string,
  domain: string,
  currency: string,
  timeZone: string,
];

const people: readonly Person[] = [
  ['us', 'Maria', 'Sanchez', 'Brightwater Supply', 'brightwater.example', 'USD', 'America/Chicago'],
  ['us', 'Daniel', 'Okafor', 'Northfield Robotics', 'northfield.example', 'USD', 'America/New_York'],
  ['eu', 'Jens', 'Lindqvist', 'Lindqvist & Döttrar AB', 'lindqvist.example', 'EUR', 'Europe/Stockholm'],
  ['eu', 'Chiara', 'Moretti', 'Officina Moretti', 'moretti.example', 'EUR', 'Europe/Rome'],
  ['in', 'Priya', 'Raman', 'Kaveri Textiles', 'kaveri.example', 'INR', 'Asia/Kolkata'],
  // A single name: Zoho then leaves Last_Name empty.
  ['in', 'Suresh', '', 'Suresh Traders', 'suresh.example', 'INR', 'Asia/Kolkata'],
  ['au', 'Isla', 'Thompson', 'Coastline Surf Co', 'coastline.example', 'AUD', 'Australia/Sydney'],
  ['jp', 'Haruka', 'Tanaka', '田中商店', 'tanaka.example', 'JPY', 'Asia/Tokyo'],
  ['ca', 'Étienne', 'Gagnon', 'Érablière Gagnon', 'gagnon.example', 'CAD', 'America/Toronto'],
  ['sa', 'Noura', 'Al-Harbi', 'Najd Logistics', 'najd.example', 'SAR', 'Asia/Riyadh'],
  ['uk', 'Oliver', "O'Brien", 'O’Brien Brewing', 'obrien.example', 'GBP', 'Europe/London'],
  ['cn', 'Wei', 'Zhang', '张氏电子', 'zhang.example', 'CNY', 'Asia/Shanghai'],
  ['ae', 'Omar', 'Farouk', 'Creekside Trading', 'creekside.example', 'AED', 'Asia/Dubai'],
  ['sg', 'Mei Ling', 'Tan', 'Merlion Foods', 'merlion.example', 'SGD', 'Asia/Singapore'],
];

/** A few believable people for each of these data centres, always the same ones. */
export function peopleOf(codes: readonly DataCenterCode[]): SimulatedUser[] {
  return people.map(person).filter((user) => codes.includes(user.dataCenter));
}

function person(
  [code, firstName, lastName, organisation, domain, currency, timeZone]: Person,
  n: number,
): SimulatedUser {
  const local = firstName
    .normalize('NFD')
    .replaceAll(/[^a-z]/gi, '')
    .toLowerCase();
  return {
    zuid: 60_012_340_000 + n * 137 + 1,
    email: `${local}@${domain}`,
    firstName,
    lastName,
    displayName: `${firstName} ${lastName}`.trim(),
    dataCenter: code,
    organisation,
    orgId: String(700_400_100 + n * 11),
    country: dataCenter(code).country,
    currency,
    timeZone,
  };
}
