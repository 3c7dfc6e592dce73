import type { Answerer } from '../http/answerer';
import type { Schemes } from '../http/bearer';
import { answerBooks, booksRefusals } from './books';
import { answerCrm, crmRefusals } from './crm';
import { answerDesk, deskRefusals } from './desk';
import { answerMail, mailRefusals } from './mail';
import { answerProjects, projectsRefusals } from './projects';
import type { Refusals } from './refusals';

interface Product {
  readonly paths: readonly string[];
  readonly answerer: Answerer;
  /** Whose calls, its own and those of its like, are refused in these words. */
  readonly speaksAt: RegExp;
  readonly refusals: Refusals;
  readonly schemes: Schemes;
}

const own: Schemes = ['zoho-oauthtoken'];

const crm: Product = {
  paths: ['/crm', '/crm/*rest'],
  answerer: answerCrm,
  speaksAt: /^\/(crm|bigin|recruit)(\/|$)/,
  refusals: crmRefusals,
  schemes: own,
};

/** The product APIs. At Zoho some have hosts of their own; here all paths live on the data centre's one API origin. */
export const products: readonly Product[] = [
  crm,
  {
    paths: ['/books/v3', '/books/v3/*rest'],
    answerer: answerBooks,
    speaksAt: /^\/(books|inventory|invoice|billing|expense)(\/|$)/,
    refusals: booksRefusals,
    schemes: own,
  },
  {
    paths: ['/api/v1/organizations', '/api/v1/myinfo'],
    answerer: answerDesk,
    speaksAt: /^\/api\/v1(\/|$)/,
    refusals: deskRefusals,
    schemes: own,
  },
  {
    paths: ['/api/accounts'],
    answerer: answerMail,
    speaksAt: /^\/api\/(accounts|folders|messages|organization)(\/|$)/,
    refusals: mailRefusals,
    schemes: own,
  },
  {
    paths: ['/api/v3/portals'],
    answerer: answerProjects,
    speaksAt: /^\/api\/v3(\/|$)/,
    refusals: projectsRefusals,
    schemes: [...own, 'bearer'],
  },
];

/** Whose words are spoken at a path; CRM's where no product is known to live. */
export function productAt(path: string): Product {
  return products.find(({ speaksAt }) => speaksAt.test(path)) ?? crm;
}
