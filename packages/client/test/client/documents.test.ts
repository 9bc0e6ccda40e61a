import { createClient } from '../../src/client/create-client';
import { OPERATIONS } from '../../src/documents';

it('the list of documents has every document that the client sends, and no other', async () => {
  const sent = new Set<string>();
  const record: typeof fetch = async (_url, init) => {
    sent.add((JSON.parse(init!.body as string) as { query: string }).query);
    return Response.json({ data: { verification: PENDING } });
  };
  const client = createClient({ endpoint: 'http://127.0.0.1/verification', fetch: record });
  await client.requestEmailCode({ email: 'user@example.com' });
  await client.requestSmsCode({ phoneNumber: '010-1234-5678' });
  await client.resendCode({ verificationId: 'id' });
  await client.verifyCode({ verificationId: 'id', code: '123456' }).catch(() => undefined);
  await client.cancel('id');
  expect([...sent].sort()).toEqual(OPERATIONS.map(({ document }) => document).sort());
  for (const { name, document } of OPERATIONS)
    expect(document).toMatch(new RegExp(`^(query|mutation) ${name}\\(`));
});

const PENDING = { id: 'id', status: 'PENDING', createdAt: '', resendAvailableAt: '' };
