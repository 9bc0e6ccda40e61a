import { DIALECTS } from '../support/databases';
import { TestApp } from '../support/test-app';

const count = (answers: { data: any }[], pick: (result: any) => boolean) =>
  answers.filter(({ data }) => pick(data.verifyCode)).length;

describe.each(DIALECTS)('concurrent attempts, on %s', (dialect) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start(dialect);
  });
  afterAll(() => app.close());

  it('succeed once when 200 with the right code arrive at once', async () => {
    const { id } = (await app.requestEmail('right@example.com')).data.requestEmailCode;
    const code = await app.codeFor('right@example.com');
    const answers = await Promise.all(Array.from({ length: 200 }, () => app.verify(id, code)));
    expect(count(answers, ({ verified }) => verified)).toBe(1);
    expect(count(answers, ({ reason }) => reason === 'ALREADY_USED')).toBe(199);
  });

  it('are evaluated five times when 500 with wrong codes arrive at once, also through aliases; the verification is then locked', async () => {
    const { id } = (await app.requestEmail('wrong@example.com')).data.requestEmailCode;
    const code = await app.codeFor('wrong@example.com');
    const wrong = TestApp.wrong(code);
    const fields = Array.from(
      { length: 20 },
      (_, alias) => `g${alias}: verifyCode(input: { verificationId: "${id}", code: "${wrong}" }) { reason }`,
    );
    const documents = Array.from({ length: 15 }, () => app.gql(`mutation { ${fields.join(' ')} }`));
    const singles = Array.from({ length: 200 }, () => app.verify(id, wrong));
    const aliased = (await Promise.all(documents)).flatMap(({ data }) =>
      Object.values<{ reason: string }>(data),
    );
    const plain = (await Promise.all(singles)).map(({ data }) => data.verifyCode as { reason: string });
    const reasons = [...aliased, ...plain].map(({ reason }) => reason);
    expect(reasons).toHaveLength(500);
    expect(reasons.filter((reason) => reason === 'WRONG_CODE')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'LOCKED')).toHaveLength(495);
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({ verified: false, reason: 'LOCKED' });
  });

  it('are refused before any is evaluated when a document has more than 20 root fields', async () => {
    const { id } = (await app.requestEmail('fields@example.com')).data.requestEmailCode;
    const field = (alias: number) =>
      `g${alias}: verifyCode(input: { verificationId: "${id}", code: "000000" }) { reason }`;
    const many = Array.from({ length: 21 }, (_, alias) => field(alias)).join(' ');
    const hidden = `mutation { ...F ...G } fragment F on Mutation { ${Array.from({ length: 11 }, (_, n) => field(n)).join(' ')} } fragment G on Mutation { ${Array.from({ length: 11 }, (_, n) => field(n + 11)).join(' ')} }`;
    for (const document of [`mutation { ${many} }`, hidden]) {
      const { data, errors } = await app.gql(document);
      expect(data).toBeUndefined();
      expect(errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
    expect((await app.verification(id)).attemptsRemaining).toBe(5);
  });

  it('stay within the daily limit at several verifications of one recipient, also with right codes', async () => {
    const limited = await TestApp.start(dialect, { RECIPIENT_DAILY_GUESSES: '7' });
    const ids: string[] = [];
    for (let number = 0; number < 4; number++) {
      ids.push((await limited.requestEmail('many@example.com')).data.requestEmailCode.id);
    }
    const answers = await Promise.all(
      ids.flatMap((id) => Array.from({ length: 5 }, () => limited.verify(id, '000000'))),
    );
    const evaluated = answers.filter(({ data }) => data?.verifyCode.reason === 'WRONG_CODE').length;
    const refused = answers.filter(
      ({ errors }) => errors?.[0]?.extensions.limit === 'RECIPIENT_DAILY_GUESSES',
    ).length;
    // A wrong code that happened to be right would end its verification; the probability is one in 50,000.
    expect([evaluated, refused]).toEqual([7, 13]);
    const { errors } = await limited.requestEmail('Many+tag@example.com');
    expect(errors![0]!.extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'RECIPIENT_DAILY_GUESSES' });
    await limited.close();
  }, 60_000);
});
