import { Field, ObjectType } from 'type-graphql';
import { DnsFinding, DnsRecord } from './dkim.types';
import { enumOf } from '../enum-of';

type CompanionPurpose = 'MAIL_FROM_MX' | 'MAIL_FROM_SPF' | 'DMARC';
type CompanionStatus = 'FOUND' | 'MISSING' | 'WRONG' | 'UNKNOWN';

const CompanionPurpose = enumOf<CompanionPurpose>(
  'CompanionPurpose',
  'What a DNS record of a sending domain is for.',
  {
    MAIL_FROM_MX: 'The MX record of a custom MAIL FROM domain, which directs bounces to SES.',
    MAIL_FROM_SPF:
      'The SPF record of a custom MAIL FROM domain. It authorizes SES, so that SPF aligns with the sender address.',
    DMARC: 'The DMARC policy. It says what receivers should do with mail that fails authentication.',
  },
);

const CompanionStatus = enumOf<CompanionStatus>('CompanionStatus', 'The state of a record in DNS.', {
  FOUND: 'The record exists and is correct.',
  MISSING: 'The record does not exist. Publish it.',
  WRONG: 'A record exists but is not correct; `advice` says what to change.',
  UNKNOWN: 'No name server answered, so the state is not known. Try again later.',
});

@ObjectType({
  description: 'A DNS record that a sending domain should have besides DKIM, and its state in DNS.',
})
export class CompanionRecord {
  @Field(() => CompanionPurpose, { description: 'What the record is for.' })
  purpose: CompanionPurpose;

  @Field(() => DnsRecord, { description: 'The DNS record to publish.' })
  record: DnsRecord;

  @Field(() => CompanionStatus, { description: 'The state of the record in DNS.' })
  status: CompanionStatus;

  @Field(() => Boolean, {
    description:
      'True when the record is correct and has an effect. The two MAIL FROM records have an effect only while SES sends with their domain (`mailFrom.status` is SUCCESS). Receivers use a DMARC record as soon as it is published.',
  })
  used: boolean;

  @Field(() => [String], {
    description: 'The values that DNS has now for this record; empty when there are none.',
  })
  found: string[];

  @Field(() => [DnsFinding], {
    description: 'What prevents the record from working; empty when `status` is FOUND.',
  })
  problems: DnsFinding[];

  @Field(() => String, { nullable: true, description: 'What to do; null when nothing is to be done.' })
  advice: string | null;
}
