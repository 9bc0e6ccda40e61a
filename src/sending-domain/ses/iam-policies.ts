/** The parts of this server that call AWS, each with the permissions it needs and no others. */
export const IAM_PARTS = ['smtp', 'send', 'identities', 'all'] as const;
export type IamPart = (typeof IAM_PARTS)[number];

export interface IamStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: '*';
}

export interface IamPolicy {
  Version: '2012-10-17';
  Statement: IamStatement[];
}

const ACTIONS: Record<Exclude<IamPart, 'all'>, readonly string[]> = {
  // SES checks SMTP users for this action whatever the message looks like.
  smtp: ['ses:SendRawEmail'],
  // GetAccount tells the rate that the account may send at.
  send: ['ses:SendEmail', 'ses:GetAccount'],
  identities: [
    'ses:CreateEmailIdentity',
    'ses:DeleteEmailIdentity',
    'ses:GetAccount',
    'ses:GetEmailIdentity',
    'ses:ListEmailIdentities',
    'ses:PutEmailIdentityDkimAttributes',
    'ses:PutEmailIdentityDkimSigningAttributes',
  ],
};

/**
 * A minimal IAM policy document (IAM User Guide, "IAM JSON policy reference"; actions as in the Service Authorization
 * Reference, "Amazon Simple Email Service v2"). The account's listing operations know no resource but `*`.
 */
export function iamPolicy(part: IamPart): IamPolicy {
  const parts = IAM_PARTS.filter((one) => one !== 'all').filter((one) => part === 'all' || one === part);
  return { Version: '2012-10-17', Statement: parts.map(statement) };
}

function statement(part: Exclude<IamPart, 'all'>): IamStatement {
  const sid = `Injeung${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return { Sid: sid, Effect: 'Allow', Action: [...ACTIONS[part]], Resource: '*' };
}
