import type { Answerer } from '../http/endpoint';
import { answerBooks } from './books';
import { answerCrm } from './crm';
import { answerDesk } from './desk';
import { answerMail } from './mail';
import { answerProjects } from './projects';

/** The product APIs. At Zoho some have hosts of their own; here all paths live on the data centre's one origin. */
export const products: readonly (readonly [paths: string[], answerer: Answerer])[] = [
  [['/crm', '/crm/*rest'], answerCrm],
  [['/books/v3', '/books/v3/*rest'], answerBooks],
  [['/api/v1/organizations', '/api/v1/myinfo'], answerDesk],
  [['/api/accounts'], answerMail],
  [['/api/v3/portals'], answerProjects],
];
