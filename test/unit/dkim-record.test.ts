import { generateDkimKey } from '../../src/sending-domain/dkim/dkim-private-key';
import { companionRecords, dkimRecord, easyDkimRecords } from '../../src/sending-domain/dkim/dkim-record';
import { parseTagList } from '../../src/sending-domain/dkim/dkim-tag-list';

describe('the DKIM record', () => {
  it('of a 2048-bit key has two strings of at most 255 bytes that together are the value', async () => {
    const { publicKeyBase64 } = await generateDkimKey(2048);
    const record = dkimRecord('example.com', 's1', publicKeyBase64);
    expect(record).toMatchObject({ name: 's1._domainkey.example.com', type: 'TXT' });
    expect(record.value).toBe(`v=DKIM1; k=rsa; p=${publicKeyBase64}`);
    expect(record.value).toHaveLength(410);
    expect(record.strings.map((string) => string.length)).toEqual([255, 155]);
    expect(record.strings.join('')).toBe(record.value);
    expect(record.zoneLine).toBe(
      `s1._domainkey.example.com. 3600 IN TXT "${record.strings[0]}" "${record.strings[1]}"`,
    );
  });

  it('of a 1024-bit key fits into one string', async () => {
    const { publicKeyBase64 } = await generateDkimKey(1024);
    const { strings, value } = dkimRecord('example.com', 's1', publicKeyBase64);
    expect(strings).toEqual([value]);
  });

  it('has the same tags after it was written and read', () => {
    const { tags, order, faults } = parseTagList(dkimRecord('example.com', 's1', 'QUJD').value);
    expect(Object.fromEntries(tags)).toEqual({ v: 'DKIM1', k: 'rsa', p: 'QUJD' });
    expect([order, faults]).toEqual([['v', 'k', 'p'], []]);
  });
});

describe('the records of Easy DKIM', () => {
  it('point every token to the common zone', () => {
    expect(easyDkimRecords('example.com', ['tok1', 'tok2']).map(({ zoneLine }) => zoneLine)).toEqual([
      'tok1._domainkey.example.com. 3600 IN CNAME tok1.dkim.amazonses.com.',
      'tok2._domainkey.example.com. 3600 IN CNAME tok2.dkim.amazonses.com.',
    ]);
  });

  it('point to the zone that SES names', () => {
    const [record] = easyDkimRecords('example.com', ['tok1'], 'x1.dkim.eu-west-1.amazonses.com');
    expect(record).toMatchObject({ type: 'CNAME', value: 'tok1.x1.dkim.eu-west-1.amazonses.com' });
  });
});

it('the companion records are an MX and SPF for MAIL FROM and a DMARC policy', () => {
  const records = companionRecords('example.com', 'ap-northeast-2', 'mail.example.com');
  expect(records.map(({ purpose, zoneLine }) => [purpose, zoneLine])).toEqual([
    ['MAIL_FROM_MX', 'mail.example.com. 3600 IN MX 10 feedback-smtp.ap-northeast-2.amazonses.com.'],
    ['MAIL_FROM_SPF', 'mail.example.com. 3600 IN TXT "v=spf1 include:amazonses.com ~all"'],
    ['DMARC', '_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=none"'],
  ]);
  expect(records[0]).toMatchObject({ value: '10 feedback-smtp.ap-northeast-2.amazonses.com' });
});

it('the companion records have the names of the given MAIL FROM domain', () => {
  const [mx, spf] = companionRecords('example.com', 'us-east-1', 'bounce.example.com');
  expect([mx!.name, spf!.name]).toEqual(['bounce.example.com', 'bounce.example.com']);
});

describe('a DKIM tag list', () => {
  it('can have spaces around names and values and a semicolon at its end', () => {
    const { tags, faults } = parseTagList(' v = DKIM1 ;\tk=rsa; n=two words ;p=AB CD ; ');
    expect(Object.fromEntries(tags)).toEqual({ v: 'DKIM1', k: 'rsa', n: 'two words', p: 'AB CD' });
    expect(faults).toEqual([]);
  });

  it('keeps everything after the first equals sign', () => {
    expect(parseTagList('p=QUI=').tags.get('p')).toBe('QUI=');
  });

  it.each(['v=DKIM1;; p=A', 'p', 'p=A; p=B', '=A', '1p=A', 'p=A; n=é'])('has a fault: %s', (text) => {
    expect(parseTagList(text).faults).toHaveLength(1);
  });
});
