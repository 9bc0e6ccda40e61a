import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type DkimKeyState as StateValue } from '../../../sending-domain/dkim/dkim-key.entity';
import { enumOf } from '../enum-of';

export const DkimKeyState = enumOf<StateValue>('DkimKeyState', 'Where a DKIM key is in its life.', {
  CREATED: 'Made or imported. Publish `record`.',
  PUBLISHED: 'Its record was seen in DNS. Activate it.',
  PENDING:
    'It was given to SES, which takes it and finds its record within 72 hours; otherwise the key is FAILED.',
  ACTIVE: 'SES has confirmed it and signs with it.',
  FAILED: 'SES did not take it or did not find its record; `failure` says why. It may be activated again.',
  RETIRED: 'Another key took its place, or the identity was deleted. Its selector never comes back.',
});

export const DnsRecordType = enumOf<'TXT' | 'CNAME' | 'MX'>('DnsRecordType', 'The type of a DNS record.', {
  TXT: 'Text.',
  CNAME: 'An alias.',
  MX: 'A mail exchange.',
});

@ObjectType({ description: 'A DNS record to publish.' })
export class DnsRecord {
  @Field(() => String, {
    description: 'Its full name, without a dot at the end. Many DNS panels add the domain themselves.',
  })
  name: string;

  @Field(() => DnsRecordType, { description: 'Its type.' })
  type: 'TXT' | 'CNAME' | 'MX';

  @Field(() => String, {
    description: 'Its value as DNS panels take it: TXT in one piece and without quotes, MX as `10 host`.',
  })
  value: string;

  @Field(() => [String], {
    description:
      'The value in strings of at most 255 bytes, joined with nothing between (RFC 6376, section 3.6.2.2); one string unless it is a long TXT.',
  })
  strings: string[];

  @Field(() => String, { description: 'The whole record as one line of a zone file.' })
  zoneLine: string;
}

@ObjectType({ description: 'Something seen at a DNS name.' })
export class DnsFinding {
  @Field(() => String, {
    description:
      'What it is, for programs: MISSING, DIFFERENT_KEY, TRUNCATED, QUOTES_OR_BLANKS, MULTIPLE_RECORDS, CNAME, NAME_DOUBLED, MISPLACED, REVOKED, WRONG_TAGS, DNS_UNREACHABLE, SERVER_SILENT or SERVERS_DISAGREE. May grow.',
  })
  code: string;

  @Field(() => String, { description: 'What is there and what to do, as a sentence.' })
  message: string;
}

@ObjectType({ description: "How a DKIM key's record stands in DNS, looked at when asked for." })
export class DkimDns {
  @Field(() => Boolean, { description: 'Whether any TXT record stands at the name.' })
  published: boolean;

  @Field(() => Boolean, { description: 'Whether it holds this key, in a form that receivers accept.' })
  matches: boolean;

  @Field(() => [String], { description: 'The TXT values seen at the name, strings joined.' })
  found: string[];

  @Field(() => [DnsFinding], { description: 'What keeps the record from working; empty when `matches`.' })
  problems: DnsFinding[];

  @Field(() => [DnsFinding], { description: 'What is worth knowing though the record works.' })
  notes: DnsFinding[];

  @Field(() => Date, { description: 'When DNS was looked at.' })
  checkedAt: Date;
}

@ObjectType({ description: 'What is wrong with an active DKIM key, as the watcher last saw it.' })
export class DkimDrift {
  @Field(() => String, { description: 'In sentences.' })
  message: string;

  @Field(() => Date, { description: 'When it was first seen.' })
  since: Date;
}

@ObjectType({
  description: 'A DKIM key of a sending domain. Its private half is kept sealed and never comes out.',
})
export class DkimKey {
  @Field(() => ID, { description: 'To look at, activate or bring it to an identity.' })
  id: string;

  @Field(() => String, { description: 'The domain that is signed with it, in lower-case ASCII.' })
  domain: string;

  @Field(() => String, { description: "The key's name under the domain." })
  selector: string;

  @Field(() => Int, { description: 'Bits of the RSA modulus.' })
  bits: number;

  /** Resolved by the field `state`. */
  state: StateValue;

  @Field(() => DnsRecord, { description: 'The record to publish.' })
  record: DnsRecord;

  @Field(() => Date, { description: 'When it was made or imported.' })
  createdAt: Date;

  /** Resolved by the field `publishedAt`. */
  publishedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was last handed to SES.' })
  pendingAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When SES had confirmed it.' })
  activeAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When SES gave it up.' })
  failedAt: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was replaced.' })
  retiredAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'From when the record of a retired key may leave DNS: until then mail that it signed may be on its way. Null unless RETIRED.',
  })
  removalSafeAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why SES does not sign with it, with the last answer of SES if that was an error; null unless FAILED.',
  })
  failure: string | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When the server last asked SES about it by itself. It asks while the key is PENDING or ACTIVE, and while it is FAILED if SES had taken it.',
  })
  watchedAt: Date | null;

  @Field(() => DkimDrift, {
    nullable: true,
    description: 'What is wrong with it though it is ACTIVE; null when nothing is.',
  })
  drift: DkimDrift | null;
}
