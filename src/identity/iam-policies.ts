/** The parts of this server that call AWS, each with the permissions it needs and no others. */
export const IAM_PARTS = ['smtp', 'send', 'all'] as const;
export type IamPart = (typeof IAM_PARTS)[number];

interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: '*';
}

const STATEMENTS: Record<Exclude<IamPart, 'all'>, Statement> = {
  // SES checks SMTP users for this action whatever the message looks like.
  smtp: { Sid: 'InjeungSmtp', Effect: 'Allow', Action: ['ses:SendRawEmail'], Resource: '*' },
  // GetAccount tells the rate that the account may send at.
  send: { Sid: 'InjeungSend', Effect: 'Allow', Action: ['ses:SendEmail', 'ses:GetAccount'], Resource: '*' },
};

/** A minimal IAM policy document (IAM User Guide, "IAM JSON policy reference"). */
export function iamPolicy(part: IamPart): { Version: string; Statement: Statement[] } {
  const statements = part === 'all' ? Object.values(STATEMENTS) : [STATEMENTS[part]];
  return { Version: '2012-10-17', Statement: statements };
}
