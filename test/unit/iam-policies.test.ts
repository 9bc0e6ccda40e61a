import { IAM_PARTS, iamPolicy } from '../../src/sending-domain/ses/iam-policies';

it('the IAM policy: the SMTP user can send raw mail and do nothing else', () => {
  expect(iamPolicy('smtp')).toEqual({
    Version: '2012-10-17',
    Statement: [{ Sid: 'InjeungSmtp', Effect: 'Allow', Action: ['ses:SendRawEmail'], Resource: '*' }],
  });
});

it('the IAM policy: the sender can send and read the account', () => {
  expect(iamPolicy('send').Statement.map(({ Action }) => Action)).toEqual([
    ['ses:SendEmail', 'ses:GetAccount'],
  ]);
});

it('the IAM policy for identities allows every operation that the server calls', () => {
  const [statement] = iamPolicy('identities').Statement;
  expect(statement!.Action).toEqual(
    expect.arrayContaining([
      'ses:CreateEmailIdentity',
      'ses:GetEmailIdentity',
      'ses:ListEmailIdentities',
      'ses:DeleteEmailIdentity',
      'ses:PutEmailIdentityDkimSigningAttributes',
      'ses:PutEmailIdentityDkimAttributes',
      'ses:PutEmailIdentityMailFromAttributes',
      'ses:GetAccount',
    ]),
  );
});

it('the IAM policy for all parts contains every part once', () => {
  const parts = IAM_PARTS.filter((part) => part !== 'all');
  expect(iamPolicy('all').Statement).toEqual(parts.flatMap((part) => iamPolicy(part).Statement));
});

it.each(IAM_PARTS)(
  'the IAM policy for %s lists single actions and has statement ids that IAM accepts',
  (part) => {
    for (const { Sid, Action } of iamPolicy(part).Statement) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      for (const action of Action) expect(action).toMatch(/^ses:[A-Za-z]+$/);
    }
  },
);

it('the IAM policy of one call does not change when the caller changes the policy of another call', () => {
  iamPolicy('smtp').Statement[0]!.Action.push('ses:*');
  expect(iamPolicy('smtp').Statement[0]!.Action).toEqual(['ses:SendRawEmail']);
});
