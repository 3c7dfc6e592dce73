import { isAnswered, readOrganisation, readUser } from '../../src/zoho/account';

const nobody = { zuid: null, userName: null, userEmail: null };

describe.each([null, '', ' ', false, {}, []])('%j in an answer about the account', (nothing) => {
  it('says nothing of the user', () => {
    const body = { ZUID: nothing, Display_Name: nothing, First_Name: nothing, Last_Name: nothing, Email: nothing };
    expect(readUser(answer(body))).toEqual(nobody);
    expect(isAnswered(answer(body))).toBe(false);
  });

  it('says nothing of the organisation', () => {
    for (const org of [nothing, [nothing], [{ company_name: nothing }]]) {
      expect(readOrganisation(answer({ org }))).toEqual({ organisation: null, organisationId: null });
    }
  });

  it('takes nothing away from what is said', () => {
    const body = { error: nothing, ZUID: 7, Display_Name: nothing, First_Name: 'Ann', Last_Name: nothing };
    expect(readUser(answer(body))).toEqual({ ...nobody, zuid: '7', userName: 'Ann' });
    expect(isAnswered(answer(body))).toBe(true);
  });
});

it.each([
  [400, { error: 'Access Denied', status: 'failure' }],
  [429, { response: 'error', cause: 'TOO_MANY' }],
])('"too many requests" (%s) says nothing of the user', (status, body) => {
  expect(isAnswered({ ...answer(body), status })).toBe(false);
});

it('an organisation’s number is known as text and as a number', () => {
  for (const zgid of ['700400100', 700400100]) {
    expect(readOrganisation(answer({ org: [{ company_name: 'C', zgid }] })).organisationId).toBe('700400100');
  }
});

it('a ZUID of 0 is nobody’s', () => {
  expect(readUser(answer({ ZUID: 0 }))).toEqual(nobody);
});

function answer(body: object) {
  return { status: 200, body: JSON.stringify(body), retryAfter: null };
}

it('names that turn the words around them about are written plainly', () => {
  const name = 'Ann\u202Emoc.live\u2066';
  const org = { org: [{ company_name: `\u202E${name}`, zgid: '1' }] };
  expect(readUser(answer({ Display_Name: name, Email: `${name}@x` }))).toMatchObject({
    userName: 'Ann moc.live',
    userEmail: 'Ann moc.live @x',
  });
  expect(readOrganisation(answer(org)).organisation).toBe('Ann moc.live');
});
