import supertest, { type Response } from 'supertest';
import type { TestApp } from './start';
import { type Person, person } from '../support/person';

export const password = 'correct horse battery staple';

/** Somebody who has signed in with the password. */
export async function owner(app: TestApp, secret: string = password): Promise<Person> {
  const someone = person(app);
  const answer = await signIn(app, secret, someone);
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
  return someone;
}

/** Sends the login form, as the person's browser would. */
export function signIn(app: TestApp, secret: string, someone: Person = person(app)): Promise<Response> {
  return someone.submit('/login', { password: secret }, '/login');
}

/** The login form from some network address, sent by a browser that has never been here. */
export function signInFrom(app: TestApp, address: string, secret: string): supertest.Test {
  return post(app, '/login', { password: secret }).set('X-Forwarded-For', address);
}

/** A form of ours from a browser without a session. */
export function post(app: TestApp, path: string, fields: Record<string, string>): supertest.Test {
  return supertest(app.url).post(path).type('form').set('Sec-Fetch-Site', 'same-origin').send(fields);
}

/** What somebody gets who comes with this cookie. */
export function withCookie(app: TestApp, cookie: string, path = '/'): supertest.Test {
  return supertest(app.url).get(path).set('Cookie', cookie);
}
