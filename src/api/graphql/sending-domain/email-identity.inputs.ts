import { Matches, MinLength } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';

const SELECTOR =
  "The key's name under the domain: 1 to 63 letters, digits and inner hyphens, and no dots, which SES does not take. A dated one that was never used is made when it is missing.";

/** What a key is called, wherever it comes from. */
@InputType()
class DkimKeyName {
  @Field(() => String, { description: 'The domain that the mail is from, such as `example.com`.' })
  domain: string;

  @Field(() => String, { nullable: true, description: SELECTOR })
  selector?: string | null;
}

@InputType({ description: 'A DKIM key to make.' })
export class CreateDkimKeyInput extends DkimKeyName {
  @Field(() => Int, {
    defaultValue: 2048,
    description: 'Bits of the RSA modulus, 1024 to 2048 in steps of 8. RFC 8301 advises 2048.',
  })
  bits: number;
}

@InputType({ description: 'A DKIM key that was made elsewhere.' })
export class ImportDkimKeyInput extends DkimKeyName {
  @Field(() => String, {
    description:
      'An RSA private key of 1024 to 2048 bits, not encrypted: PEM, or the bare base64 of its DER, as PKCS#1 or PKCS#8. It is sealed and never comes out again.',
  })
  privateKey: string;
}

@InputType({ description: 'A domain or address to send from.' })
export class CreateEmailIdentityInput {
  @Field(() => String, { description: 'A domain, or an e-mail address, to which SES sends a link.' })
  name: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'A DKIM key of this domain, whose record is published; without one a domain gets Easy DKIM. For domains only.',
  })
  dkimKeyId?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Hands the key over although its record is not seen: mail goes unsigned until it is.',
  })
  force: boolean;
}

@InputType({
  description: 'A key pair of an IAM user. It is used for the derivation and neither kept nor logged.',
})
export class DeriveSmtpCredentialsInput {
  @Field(() => String, { description: 'The access key id: `AKIA...`, not a temporary `ASIA...`.' })
  @Matches(/^A[KS]IA[A-Z0-9]{12,124}$/, { message: 'must be an access key id: AKIA and capitals or digits' })
  accessKeyId: string;

  @Field(() => String, { description: 'The secret access key.' })
  @MinLength(16, { message: 'must be 16 to 128 characters' })
  // A blank that was copied along would yield a password that does not work, and no error.
  @Matches(/^[\x21-\x7e]*$/, {
    message: 'must not contain spaces, line breaks or characters outside ASCII',
    context: { rule: 'INVALID_CHARACTERS' },
  })
  secretAccessKey: string;

  @Field(() => String, { description: 'The AWS region the credentials are for, such as `ap-northeast-2`.' })
  region: string;
}
