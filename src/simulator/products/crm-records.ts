import { json, type Answer } from '../http/answer';
import type { Received } from '../http/received';
import type { CrmRecord } from '../state/records';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';
import { failure, noContent } from './crm-answers';
import { fieldsOfModule } from './crm-modules';

/** A call to the records of a module; `rest` is what stands after the module's name. */
export interface RecordsCall {
  readonly world: World;
  readonly received: Received;
  readonly user: SimulatedUser;
  readonly version: string;
  readonly module: string;
  readonly rest: readonly string[];
}

const mostOfPage = 200;

/** `/crm/v8/Leads`, `/crm/v8/Leads/{id}` and `/crm/v8/Leads/search`: read, search, create, update, delete. */
export function answerRecords(call: RecordsCall): Answer {
  const { received, rest, module, user, world } = call;
  const [id] = rest;
  if (rest.length > 1)
    return failure('INVALID_URL_PATTERN', 'Please check if the URL trying to access is a correct one', 404);
  if (received.method === 'GET' && id === 'search') return search(call);
  if (received.method === 'GET' && id === undefined) return list(call);
  if (received.method === 'GET') {
    const record = world.records.find(user.orgId, module, id ?? '');
    return record === undefined ? noContent() : json({ data: [shown(record, received.query.fields)] });
  }
  if (received.method === 'DELETE') return remove(call, id ?? received.query.ids ?? '');
  if (received.method === 'POST' && id === undefined) return write(call, 201, create);
  if (received.method === 'PUT')
    return write(call, 200, (one, given) => update(one, id === undefined ? given : { ...given, id }));
  return failure('INVALID_REQUEST_METHOD', 'The http request method type is not a valid one', 400);
}

/** Since version 3 the fields have to be named. */
function list({ world, received, user, version, module }: RecordsCall): Answer {
  const { fields } = received.query;
  if (fields === undefined && version !== '2') {
    const details = { param_name: 'fields' };
    return failure('REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing', 400, details);
  }
  return page(world.records.list(user.orgId, module), received);
}

/** By `email`, `phone`, `word`, or `criteria` such as `((Last_Name:equals:Diallo)and(Company:starts_with:D))`. */
function search({ world, received, user, module }: RecordsCall): Answer {
  const { email, phone, word, criteria } = received.query;
  const tests = [...(criteria ?? '').matchAll(/\((\w+):(equals|starts_with):([^()]*)\)/g)];
  if (email === undefined && phone === undefined && word === undefined && tests.length === 0) {
    return failure('INVALID_QUERY', 'Invalid query formed', 400, { param_name: 'criteria' });
  }
  const found = world.records.list(user.orgId, module).filter((record) => {
    const values = Object.values(record).map((value) => String(value).toLowerCase());
    return (
      (email ?? record.Email) === record.Email &&
      (phone ?? record.Phone) === record.Phone &&
      (word === undefined || values.some((value) => value.includes(word.toLowerCase()))) &&
      tests.every(([, name = '', operator, value = '']) => fits(record[name], operator, value))
    );
  });
  return page(found, received);
}

function fits(field: unknown, operator: string | undefined, wanted: string): boolean {
  const value = typeof field === 'number' ? String(field) : field;
  if (typeof value !== 'string') return false;
  return operator === 'equals' ? value === wanted : value.startsWith(wanted);
}

function page(records: readonly CrmRecord[], { query }: Received): Answer {
  const size = Math.min(Math.max(1, Number(query.per_page ?? mostOfPage) || mostOfPage), mostOfPage);
  const number = Math.max(1, Number(query.page ?? 1) || 1);
  const data = records.slice((number - 1) * size, number * size).map((record) => shown(record, query.fields));
  if (data.length === 0) return noContent();
  const more = records.length > number * size;
  return json({ data, info: { per_page: size, count: data.length, page: number, more_records: more } });
}

/** Only the named fields; `id` always comes along. */
function shown(record: CrmRecord, fields: string | undefined): object {
  const named = fields?.split(',').map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => name === 'id' || (named?.includes(name) ?? true)),
  );
}

type Given = Readonly<Record<string, unknown>>;
type Outcome = { readonly code: string; readonly details: object; readonly message: string; readonly status: string };

/** Each record of the body on its own: what one is refused for does not keep the others from being written. */
function write(call: RecordsCall, status: number, one: (call: RecordsCall, given: Given) => Outcome): Answer {
  const given = dataOf(call.received);
  if (given === undefined)
    return failure('INVALID_DATA', 'body', 400, { expected_data_type: 'jsonarray', api_name: 'data' });
  const outcomes = given.map((record) => one(call, record));
  const good = outcomes.filter((outcome) => outcome.status === 'success').length;
  const whole = good === outcomes.length ? status : 400;
  return json({ data: outcomes }, good > 0 && good < outcomes.length ? 207 : whole);
}

function create({ world, user, module }: RecordsCall, given: Given): Outcome {
  const missing = fieldsOfModule(module).find(({ name, isMandatory }) => isMandatory && !given[name]);
  if (missing !== undefined) return refused('MANDATORY_NOT_FOUND', 'required field not found', missing.name);
  const time = timeOf(world);
  const record = { ...given, id: world.records.newId(user.orgId), Created_Time: time, Modified_Time: time };
  world.records.put(user.orgId, module, record);
  return done('record added', record);
}

function update({ world, user, module }: RecordsCall, given: Given): Outcome {
  const before = world.records.find(user.orgId, module, String(given.id));
  if (before === undefined) return refused('INVALID_DATA', 'the id given seems to be invalid', 'id');
  const record = { ...before, ...given, id: before.id, Modified_Time: timeOf(world) };
  world.records.put(user.orgId, module, record);
  return done('record updated', record);
}

function remove({ world, user, module }: RecordsCall, ids: string): Answer {
  const outcomes = ids.split(',').map((id) => {
    const removed = world.records.remove(user.orgId, module, id);
    return removed ? done('record deleted', { id }) : refused('INVALID_DATA', 'the id given seems to be invalid', 'id');
  });
  return json({ data: outcomes }, outcomes.every(({ status }) => status === 'error') ? 400 : 200);
}

function done(message: string, record: CrmRecord): Outcome {
  const { id, Created_Time, Modified_Time } = record;
  return { code: 'SUCCESS', details: { id, Created_Time, Modified_Time }, message, status: 'success' };
}

function refused(code: string, message: string, field: string): Outcome {
  return { code, details: { api_name: field }, message, status: 'error' };
}

function dataOf({ body }: Received): Given[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const data: unknown = typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : undefined;
    if (!Array.isArray(data) || data.length === 0) return undefined;
    return data.map((record: unknown) => Object.fromEntries(Object.entries(record ?? {})));
  } catch {
    return undefined;
  }
}

/** As CRM writes times. */
function timeOf(world: World): string {
  return new Date(world.clock.now()).toISOString().replace(/\.\d+Z$/, '+00:00');
}
