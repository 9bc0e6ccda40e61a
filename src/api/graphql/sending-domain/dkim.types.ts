import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type DkimKeyState as StateValue } from '../../../sending-domain/dkim/dkim-key.entity';
import { enumOf } from '../enum-of';

export const DkimKeyState = enumOf<StateValue>('DkimKeyState', 'The state of a DKIM key in its life cycle.', {
  CREATED: 'The key was generated or imported. Publish its `record` in DNS.',
  PUBLISHED: 'The correct record was found in DNS. Activate the key with `activateDkimKey`.',
  PENDING:
    'SES was given the key and has not confirmed it yet. If SES does not confirm it within 72 hours, the key becomes FAILED.',
  ACTIVE: 'SES has confirmed the key and signs mail with it.',
  FAILED:
    'SES did not accept the key or did not find its record; `failure` says why. Correct the cause, then activate the key again.',
  RETIRED:
    'Another key replaced this one, an operator retired it, or its identity was deleted. Its selector cannot be used again.',
});

const DnsRecordType = enumOf<'TXT' | 'CNAME' | 'MX'>('DnsRecordType', 'The type of a DNS record.', {
  TXT: 'Text.',
  CNAME: 'An alias for another name.',
  MX: 'A mail server of the domain, with its priority.',
});

@ObjectType({ description: 'A DNS record to publish.' })
export class DnsRecord {
  @Field(() => String, {
    description:
      'The full name of the record, without a dot at the end. Many DNS panels append the domain; enter only the part before it there.',
  })
  name: string;

  @Field(() => DnsRecordType, { description: 'The type of the record.' })
  type: 'TXT' | 'CNAME' | 'MX';

  @Field(() => String, {
    description:
      'The value as DNS panels expect it: a TXT value in one piece and without quotation marks, an MX value as `10 host`.',
  })
  value: string;

  @Field(() => [String], {
    description:
      'The value, split into strings of at most 255 bytes, which DNS joins without a separator (RFC 6376, section 3.6.2.2). Only a long TXT value has more than one string.',
  })
  strings: string[];

  @Field(() => String, { description: 'The complete record as one line of a zone file.' })
  zoneLine: string;
}

@ObjectType({ description: 'A finding about a DNS record.' })
export class DnsFinding {
  @Field(() => String, {
    description:
      'The kind of finding, as a constant for programs: MISSING, DIFFERENT_KEY, TRUNCATED, QUOTES_OR_BLANKS, MULTIPLE_RECORDS, CNAME, NAME_DOUBLED, MISPLACED, REVOKED, WRONG_TAGS, DNS_UNREACHABLE, SERVER_SILENT or SERVERS_DISAGREE; for a companion record also WRONG_HOST, WRONG_PRIORITY, SES_NOT_ALLOWED or WRONG_POLICY. Later versions may add values.',
  })
  code: string;

  @Field(() => String, { description: 'A sentence that says what was found and what to do.' })
  message: string;
}

@ObjectType({ description: 'The result of looking up the record of a DKIM key in DNS.' })
export class DkimDns {
  @Field(() => Boolean, { description: 'True when the name has a TXT record, whatever its value is.' })
  published: boolean;

  @Field(() => Boolean, {
    description: 'True when the record contains this key in a form that receivers accept.',
  })
  matches: boolean;

  @Field(() => [String], {
    description:
      'The TXT values found at the name, the strings of each value joined. Empty when there are none.',
  })
  found: string[];

  @Field(() => [DnsFinding], {
    description: 'What prevents the record from working; empty when `matches` is true.',
  })
  problems: DnsFinding[];

  @Field(() => [DnsFinding], { description: 'Findings that do not prevent the record from working.' })
  notes: DnsFinding[];

  @Field(() => Date, { description: 'When DNS was queried.' })
  checkedAt: Date;
}

@ObjectType({
  description: 'A fault of an ACTIVE DKIM key that the server found when it last checked the key.',
})
class DkimDrift {
  @Field(() => String, { description: 'The fault, as a sentence.' })
  message: string;

  @Field(() => Date, { description: 'When the fault was first found.' })
  since: Date;
}

@ObjectType({
  description: 'A DKIM key of a sending domain. The private key is stored encrypted and never returned.',
})
export class DkimKey {
  @Field(() => ID, {
    description:
      'Id of the key, for `dkimKey`, `activateDkimKey`, `retireDkimKey` and `createEmailIdentity`.',
  })
  id: string;

  @Field(() => String, { description: 'The domain whose mail is signed with this key, in lower-case ASCII.' })
  domain: string;

  @Field(() => String, {
    description: 'The DKIM selector, which gives the record its name: `<selector>._domainkey.<domain>`.',
  })
  selector: string;

  @Field(() => Int, { description: 'Size of the RSA modulus in bits.' })
  bits: number;

  /** Resolved by the field `state`. */
  state: StateValue;

  @Field(() => DnsRecord, { description: 'The DNS record to publish for this key.' })
  record: DnsRecord;

  @Field(() => Date, { description: 'When the key was generated or imported.' })
  createdAt: Date;

  /** Resolved by the field `publishedAt`. */
  publishedAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When the key was last given to SES; null before the first activation.',
  })
  pendingAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When SES was found to have confirmed the key; null before that.',
  })
  activeAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When the key last became FAILED; null when it never did.',
  })
  failedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When the key became RETIRED; null before that.' })
  retiredAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When the record of a retired key may be removed from DNS. Mail that the key signed may still be on its way until then. Null unless `state` is RETIRED.',
  })
  removalSafeAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Why SES does not sign with this key, including SES's last error if there was one; null unless `state` is FAILED.",
  })
  failure: string | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When the server last asked SES about this key on its own. It does so regularly while the key is PENDING or ACTIVE, and while it is FAILED after SES had accepted it. Null before the first check.',
  })
  watchedAt: Date | null;

  @Field(() => DkimDrift, {
    nullable: true,
    description:
      'A fault of this key although it is ACTIVE, for example a record that was removed; null when there is none.',
  })
  drift: DkimDrift | null;
}
