/** The parts of this server that call AWS, each with the permissions it needs and no others. */
export const IAM_PARTS = ['smtp', 'send', 'identities', 'suppression', 'all'] as const;
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
  // SES requires this action of SMTP users for every message.
  smtp: ['ses:SendRawEmail'],
  // GetAccount returns the rate at which the account may send.
  send: ['ses:SendEmail', 'ses:GetAccount'],
  identities: [
    'ses:CreateEmailIdentity',
    'ses:DeleteEmailIdentity',
    'ses:GetAccount',
    'ses:GetEmailIdentity',
    'ses:ListEmailIdentities',
    'ses:PutEmailIdentityDkimAttributes',
    'ses:PutEmailIdentityDkimSigningAttributes',
    'ses:PutEmailIdentityMailFromAttributes',
  ],
  suppression: ['ses:DeleteSuppressedDestination', 'ses:GetSuppressedDestination'],
};

/**
 * Returns a minimal IAM policy document (IAM User Guide, "IAM JSON policy reference"; actions as in the
 * Service Authorization Reference, "Amazon Simple Email Service v2"). The actions that list the account only
 * support the resource `*`.
 */
export function iamPolicy(part: IamPart): IamPolicy {
  const parts = IAM_PARTS.filter((one) => one !== 'all').filter((one) => part === 'all' || one === part);
  return { Version: '2012-10-17', Statement: parts.map(statement) };
}

function statement(part: Exclude<IamPart, 'all'>): IamStatement {
  const sid = `Injeung${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return { Sid: sid, Effect: 'Allow', Action: [...ACTIONS[part]], Resource: '*' };
}
