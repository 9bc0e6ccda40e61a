import { IAM_PARTS, iamPolicy } from '../../src/sending-domain/ses/iam-policies';

it('the SMTP user may send raw mail and nothing else', () => {
  expect(iamPolicy('smtp')).toEqual({
    Version: '2012-10-17',
    Statement: [{ Sid: 'InjeungSmtp', Effect: 'Allow', Action: ['ses:SendRawEmail'], Resource: '*' }],
  });
});

it('the sender may send and read the account', () => {
  expect(iamPolicy('send').Statement.map(({ Action }) => Action)).toEqual([
    ['ses:SendEmail', 'ses:GetAccount'],
  ]);
});

it('the identities part covers every operation that identities need', () => {
  const [statement] = iamPolicy('identities').Statement;
  expect(statement!.Action).toEqual(
    expect.arrayContaining([
      'ses:CreateEmailIdentity',
      'ses:GetEmailIdentity',
      'ses:ListEmailIdentities',
      'ses:DeleteEmailIdentity',
      'ses:PutEmailIdentityDkimSigningAttributes',
      'ses:PutEmailIdentityDkimAttributes',
      'ses:GetAccount',
    ]),
  );
});

it('the policy for all parts is every part once', () => {
  const parts = IAM_PARTS.filter((part) => part !== 'all');
  expect(iamPolicy('all').Statement).toEqual(parts.flatMap((part) => iamPolicy(part).Statement));
});

it.each(IAM_PARTS)('the policy for %s names single actions and has statement ids that IAM takes', (part) => {
  for (const { Sid, Action } of iamPolicy(part).Statement) {
    expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
    for (const action of Action) expect(action).toMatch(/^ses:[A-Za-z]+$/);
  }
});

it('changing an answer changes no later one', () => {
  iamPolicy('smtp').Statement[0]!.Action.push('ses:*');
  expect(iamPolicy('smtp').Statement[0]!.Action).toEqual(['ses:SendRawEmail']);
});
