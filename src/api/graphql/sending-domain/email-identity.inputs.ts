import { Matches, MinLength } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';

const SELECTOR =
  'The DKIM selector: 1 to 63 letters, digits and inner hyphens. SES does not accept dots. If omitted, the server chooses an unused selector that contains the date.';

/** The name of a key, whether it is generated or imported. */
@InputType()
class DkimKeyName {
  @Field(() => String, { description: 'The domain of the sender address, such as `example.com`.' })
  domain: string;

  @Field(() => String, { nullable: true, description: SELECTOR })
  selector?: string | null;
}

@InputType({ description: 'A DKIM key to generate.' })
export class CreateDkimKeyInput extends DkimKeyName {
  @Field(() => Int, {
    defaultValue: 2048,
    description: 'Size of the RSA modulus in bits, 1024 to 2048 in steps of 8. RFC 8301 recommends 2048.',
  })
  bits: number;
}

@InputType({ description: 'A DKIM key that was generated elsewhere.' })
export class ImportDkimKeyInput extends DkimKeyName {
  @Field(() => String, {
    description:
      'An unencrypted RSA private key of 1024 to 2048 bits: PEM, or the base64 of its DER without header lines, in PKCS#1 or PKCS#8 form. It is stored encrypted and never returned.',
  })
  privateKey: string;
}

@InputType({ description: 'A domain or e-mail address that SES should send from.' })
export class CreateEmailIdentityInput {
  @Field(() => String, {
    description: 'A domain, or an e-mail address. SES sends a confirmation link to an e-mail address.',
  })
  name: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Id of a DKIM key of this domain whose record is published in DNS. Without it the domain uses Easy DKIM. Not allowed for an e-mail address.',
  })
  dkimKeyId?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'True gives the key to SES although its record was not found in DNS. Mail may then leave unsigned until the record is published.',
  })
  force: boolean;
}

@InputType({
  description:
    'The access key of an IAM user. It is used for the derivation only and neither stored nor logged.',
})
export class DeriveSmtpCredentialsInput {
  @Field(() => String, {
    description: 'The access key id, `AKIA...`. A temporary one (`ASIA...`) cannot be used for SMTP.',
  })
  @Matches(/^A[KS]IA[A-Z0-9]{12,124}$/, {
    message: 'must be the access key id of an IAM user: `AKIA` followed by capital letters or digits',
  })
  accessKeyId: string;

  @Field(() => String, { description: 'The secret access key that belongs to the access key id.' })
  @MinLength(16, { message: 'must be 16 to 128 characters' })
  // With a space that was copied by mistake, the derived password would not work, and there would be no
  // error.
  @Matches(/^[\x21-\x7e]*$/, {
    message: 'must not contain spaces, line breaks or characters outside ASCII',
    context: { rule: 'INVALID_CHARACTERS' },
  })
  secretAccessKey: string;

  @Field(() => String, {
    description: 'The AWS region whose SMTP endpoint the credentials are for, such as `ap-northeast-2`.',
  })
  region: string;
}
