import { Argument, Command } from 'commander';
import { IAM_PARTS, type IamPart, iamPolicy } from '../sending-domain/ses/iam-policies';

export function iamPolicyCommand(): Command {
  return new Command('iam-policy')
    .description('print the minimal IAM policy for a part of the server')
    .addArgument(new Argument('[part]', 'what the policy is for').choices(IAM_PARTS).default('all'))
    .action((part: IamPart) => {
      process.stdout.write(`${JSON.stringify(iamPolicy(part), null, 2)}\n`);
    });
}
