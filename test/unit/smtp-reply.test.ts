import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import {
  isConnectionLimit,
  judgeSmtpReply,
  parseSmtpReply,
  type SmtpStage,
} from '../../src/channels/smtp/smtp-reply';

type Expected = 'retryable' | 'INVALID_RECIPIENT' | 'UNREACHABLE' | 'SENDER_REFUSED';

/** Replies of well-known servers to the commands of one mail, as reported by their users. */
const REPLIES: [host: string, stage: SmtpStage, reply: string, expected: Expected][] = [
  // Gmail
  [
    'Gmail',
    'RCPT',
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550 5.1.1 unnecessary spaces. - gsmtp",
    'INVALID_RECIPIENT',
  ],
  ['Gmail', 'RCPT', '550 5.2.1 The email account that you tried to reach is disabled.', 'INVALID_RECIPIENT'],
  [
    'Gmail',
    'RCPT',
    '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n550 5.2.1 prevents additional messages from being delivered.',
    'UNREACHABLE',
  ],
  [
    'Gmail',
    'RCPT',
    '450 4.2.1 The user you are trying to contact is receiving mail too quickly.',
    'retryable',
  ],
  ['Gmail', 'RCPT', "552 5.2.2 The recipient's inbox is out of storage space.", 'UNREACHABLE'],
  ['Gmail', 'RCPT', "452 4.2.2 The recipient's inbox is out of storage space.", 'retryable'],
  [
    'Gmail',
    'content',
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.',
    'SENDER_REFUSED',
  ],
  [
    'Gmail',
    'content',
    '550 5.7.1 Our system has detected that this message is likely unsolicited mail.',
    'SENDER_REFUSED',
  ],
  ['Gmail', 'before RCPT', '550 5.4.5 Daily user sending limit exceeded.', 'SENDER_REFUSED'],
  ['Gmail', 'content', '550-5.7.1 Daily SMTP relay limit exceeded for customer.', 'SENDER_REFUSED'],
  ['Gmail', 'before RCPT', '535 5.7.8 Username and Password not accepted.', 'SENDER_REFUSED'],
  ['Gmail', 'before RCPT', '454 4.7.0 Too many login attempts, please try again later.', 'retryable'],
  ['Gmail', 'before RCPT', '530 5.7.0 Authentication Required.', 'SENDER_REFUSED'],
  ['Gmail', 'content', '421 4.7.28 Our system has detected an unusual rate of unsolicited mail', 'retryable'],
  [
    'Gmail',
    'before RCPT',
    '421 4.7.0 Too many concurrent SMTP connections; please try again later.',
    'retryable',
  ],
  // Outlook.com, Exchange Online
  [
    'Outlook.com',
    'RCPT',
    '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).',
    'INVALID_RECIPIENT',
  ],
  [
    'Outlook.com',
    'RCPT',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    'INVALID_RECIPIENT',
  ],
  [
    'Outlook.com',
    'before RCPT',
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
    'SENDER_REFUSED',
  ],
  [
    'Exchange Online',
    'RCPT',
    '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain',
    'SENDER_REFUSED',
  ],
  ['Exchange Online', 'RCPT', '550 5.4.1 Recipient address rejected: Access denied.', 'SENDER_REFUSED'],
  [
    'Exchange Online',
    'content',
    '554 5.2.252 SendAsDenied; verify@example.com not allowed to send as help@example.com; STOREDRV.Submission.Exception:SendAsDeniedException',
    'SENDER_REFUSED',
  ],
  [
    'Exchange Online',
    'before RCPT',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    'SENDER_REFUSED',
  ],
  [
    'Exchange Online',
    'content',
    '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded',
    'retryable',
  ],
  [
    'Exchange Online',
    'RCPT',
    '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
    'UNREACHABLE',
  ],
  ['Exchange Online', 'before RCPT', '451 4.7.500 Server busy. Please try again later.', 'retryable'],
  // Yahoo
  [
    'Yahoo',
    'content',
    "554 delivery error: dd This user doesn't have a yahoo.co.kr account (user@yahoo.co.kr) [-5] - mta114.mail.krs.yahoo.com",
    'INVALID_RECIPIENT',
  ],
  [
    'Yahoo',
    'content',
    '554 delivery error: dd Sorry your message to user@yahoo.co.kr cannot be delivered. This account has been disabled or discontinued [#102].',
    'INVALID_RECIPIENT',
  ],
  ['Yahoo', 'RCPT', '552 1 Requested mail action aborted, mailbox not found', 'INVALID_RECIPIENT'],
  ['Yahoo', 'RCPT', '550 relaying denied for <user@example.org>', 'SENDER_REFUSED'],
  ['Yahoo', 'content', '553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1', 'SENDER_REFUSED'],
  [
    'Yahoo',
    'before RCPT',
    '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints',
    'retryable',
  ],
  ['Yahoo', 'content', '554 5.7.9 Message not accepted for policy reasons.', 'SENDER_REFUSED'],
  ['Yahoo', 'content', '451 Resources temporarily unavailable. Please try again later', 'retryable'],
  // Naver, Daum (Kakao) and other Korean hosts
  [
    'Naver',
    'before RCPT',
    '421 4.3.2 Your IP(192.0.2.1) is filtered and this connection will be closed. You must register your IP to http://realip.naver.com',
    'retryable',
  ],
  ['Naver', 'content', '421 4.3.1 You send too many messages.', 'retryable'],
  ['Daum', 'RCPT', '550 5.1.1 RUSR 192.0.2.1: No such user: <user@hanmail.net>', 'INVALID_RECIPIENT'],
  [
    'Daum',
    'content',
    '554 5.7.1 DAS51 192.0.2.1: Your mail is blocked automatically by anti-spam system. (E06)',
    'SENDER_REFUSED',
  ],
  ['Daum', 'before RCPT', '421 4.4.5 CCRT 192.0.2.1: Connection refused. Server is busy(RT)', 'retryable'],
  ['a Korean host', 'RCPT', '550 5.1.1 Inactive mbox', 'INVALID_RECIPIENT'],
  ['a Korean host', 'RCPT', '550 5.1.1 Suspended user', 'INVALID_RECIPIENT'],
  ['a Korean host', 'RCPT', '550 Account disabled', 'INVALID_RECIPIENT'],
  ['a Korean host', 'RCPT', "550 You are registered as spammer (by user's reject list)", 'SENDER_REFUSED'],
  [
    'a Korean host',
    'content',
    '554 5.0.0 Service unavailable (user: mail is denied, by spam filter)',
    'SENDER_REFUSED',
  ],
  ['a Korean host', 'RCPT', '550 존재하지 않는 사용자입니다', 'INVALID_RECIPIENT'],
  ['a Korean host', 'RCPT', '550 스팸 메일로 차단되었습니다', 'SENDER_REFUSED'],
  // iCloud
  ['iCloud', 'RCPT', '550 5.1.1 <user@icloud.com>: user does not exist', 'INVALID_RECIPIENT'],
  ['iCloud', 'RCPT', '552 5.2.2 <user@icloud.com>: user is over quota', 'UNREACHABLE'],
  // Postfix
  ['Postfix', 'RCPT', '554 5.7.1 <user@example.org>: Relay access denied', 'SENDER_REFUSED'],
  ['Postfix', 'RCPT', '454 4.7.1 <user@example.org>: Relay access denied', 'retryable'],
  [
    'Postfix',
    'RCPT',
    '550 5.1.1 <user@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
    'INVALID_RECIPIENT',
  ],
  [
    'Postfix',
    'RCPT',
    '550 <user@example.org>: Recipient address rejected: User unknown in local recipient table',
    'INVALID_RECIPIENT',
  ],
  ['Postfix', 'RCPT', '450 4.2.0 <user@example.org>: Recipient address rejected: Greylisted', 'retryable'],
  [
    'Postfix',
    'RCPT',
    '450 4.1.2 <user@nowhere.example>: Recipient address rejected: Domain not found',
    'retryable',
  ],
  [
    'Postfix',
    'RCPT',
    '553 5.7.1 <verify@example.com>: Sender address rejected: not owned by user app',
    'SENDER_REFUSED',
  ],
  [
    'Postfix',
    'RCPT',
    '450 4.1.8 <verify@example.com>: Sender address rejected: Domain not found',
    'retryable',
  ],
  [
    'Postfix',
    'RCPT',
    '550 5.1.8 <verify@example.com>: Sender address rejected: Domain not found',
    'SENDER_REFUSED',
  ],
  ['Postfix', 'RCPT', '501 5.1.7 Bad sender address syntax', 'SENDER_REFUSED'],
  ['Postfix', 'RCPT', '501 5.1.3 Bad recipient address syntax', 'INVALID_RECIPIENT'],
  [
    'Postfix',
    'RCPT',
    '556 5.1.10 <user@example.org>: Recipient address rejected: Domain does not accept mail (nullMX)',
    'INVALID_RECIPIENT',
  ],
  [
    'Postfix',
    'RCPT',
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    'SENDER_REFUSED',
  ],
  [
    'Postfix',
    'before RCPT',
    '421 4.7.0 mail.example.org Error: too many connections from 192.0.2.1',
    'retryable',
  ],
  ['Postfix', 'before RCPT', '452 4.3.1 Insufficient system storage', 'retryable'],
  ['Postfix', 'before RCPT', '552 5.3.4 Message size exceeds fixed limit', 'SENDER_REFUSED'],
  ['Postfix', 'DATA', '554 5.5.1 Error: no valid recipients', 'SENDER_REFUSED'],
  [
    'Dovecot',
    'content',
    '552 5.2.2 <user@example.org> Quota exceeded (mailbox for user is full)',
    'UNREACHABLE',
  ],
  [
    'Dovecot',
    'RCPT',
    "550 5.1.1 <user@example.org> User doesn't exist: user@example.org",
    'INVALID_RECIPIENT',
  ],
  // Exim, sendmail, qmail
  ['Exim', 'RCPT', '550 Unrouteable address', 'SENDER_REFUSED'],
  ['Exim', 'RCPT', '550 relay not permitted', 'SENDER_REFUSED'],
  ['Exim', 'RCPT', '550 No Such User Here', 'INVALID_RECIPIENT'],
  [
    'Exim',
    'RCPT',
    '550-Verification failed for <verify@example.com>\r\n550-No Such User Here\r\n550 Sender verify failed',
    'SENDER_REFUSED',
  ],
  ['Exim', 'before RCPT', '421 Too many concurrent SMTP connections; please try again later.', 'retryable'],
  ['sendmail', 'RCPT', '550 5.1.1 <user@example.org>... User unknown', 'INVALID_RECIPIENT'],
  ['sendmail', 'RCPT', '550 5.7.1 <user@example.org>... Relaying denied', 'SENDER_REFUSED'],
  [
    'sendmail',
    'RCPT',
    '553 5.1.8 <verify@example.com>... Domain of sender address does not exist',
    'SENDER_REFUSED',
  ],
  ['qmail', 'RCPT', '550 sorry, no mailbox here by that name. (#5.1.1)', 'INVALID_RECIPIENT'],
  [
    'qmail',
    'RCPT',
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    'SENDER_REFUSED',
  ],
  ['qmail', 'RCPT', "553 sorry, that domain isn't in my list of allowed rcpthosts", 'SENDER_REFUSED'],
  // SES
  ['SES', 'content', '554 Message rejected: Email address is not verified.', 'SENDER_REFUSED'],
  ['SES', 'content', '454 Throttling failure: Maximum sending rate exceeded.', 'retryable'],
  ['SES', 'content', '454 Throttling failure: Daily message quota exceeded.', 'SENDER_REFUSED'],
  ['SES', 'before RCPT', '454 Temporary authentication failure', 'retryable'],
  ['SES', 'before RCPT', '535 Authentication Credentials Invalid', 'SENDER_REFUSED'],
  ['SES', 'before RCPT', '530 Must issue a STARTTLS command first', 'SENDER_REFUSED'],
  ['SES', 'before RCPT', '421 Too many concurrent SMTP connections', 'retryable'],
  ['SES', 'content', '451 Service not available, closing transmission channel', 'retryable'],
  // Replies without an enhanced status code
  ['a server', 'RCPT', '550 user unknown', 'INVALID_RECIPIENT'],
  ['a server', 'RCPT', '550 no such user', 'INVALID_RECIPIENT'],
  ['a server', 'RCPT', '550 mailbox unavailable', 'INVALID_RECIPIENT'],
  ['a server', 'RCPT', '550 relay denied', 'SENDER_REFUSED'],
  ['a server', 'RCPT', '550 blocked', 'SENDER_REFUSED'],
  ['a server', 'RCPT', '550', 'SENDER_REFUSED'],
  ['a server', 'content', '550 SPF check failed', 'SENDER_REFUSED'],
  ['a server', 'content', '550 DMARC policy of the domain', 'SENDER_REFUSED'],
  ['a server', 'content', '550 rate limit exceeded', 'SENDER_REFUSED'],
  ['a server', 'content', '552 Message would take you over your relay quota of 500', 'SENDER_REFUSED'],
  ['a server', 'content', '550 User verify has exceeded its 24-hour sending limit', 'SENDER_REFUSED'],
  ['a server', 'content', '552 mailbox full', 'UNREACHABLE'],
  ['a server', 'content', '552 Requested mail action aborted: exceeded storage allocation', 'UNREACHABLE'],
  ['a server', 'content', '552 message too large', 'SENDER_REFUSED'],
  ['a server', 'RCPT', '554 5.7.1 Too many connections, try again later', 'retryable'],
  ['a server', 'RCPT', '550 5.1.0 sender rejected', 'SENDER_REFUSED'],
  ['a server', 'RCPT', '550 5.1.0 Address rejected', 'INVALID_RECIPIENT'],
  // Replies before a recipient was named
  ['a server', 'before RCPT', '550 5.1.1 no such user', 'SENDER_REFUSED'],
  ['a server', 'before RCPT', '552 5.2.2 over quota', 'SENDER_REFUSED'],
];

it.each(REPLIES)('the SMTP reply of %s at %s, "%s", is %s', (_host, stage, reply, expected) => {
  const { kind, failure } = judgeSmtpReply(stage, parseSmtpReply(reply));
  expect(failure ?? kind).toBe(expected);
});

const STAGES: SmtpStage[] = ['before RCPT', 'RCPT', 'DATA', 'content'];
const TEXTS = ['', 'user unknown', 'relay denied', 'over quota', 'daily quota exceeded', '\u0000\uffff((('];

/** Calls with every code from 0 to 999, some enhanced codes and some texts, at every stage. */
function forEveryReply(
  check: (stage: SmtpStage, code: number, enhanced: string | null, text: string) => void,
) {
  for (let code = 0; code < 1000; code++) {
    const random = `${randomInt(0, 9)}.${randomInt(0, 999)}`;
    for (const enhanced of [null, '0.0', '1.1', '1.7', '1.8', '2.1', '2.2', '5.0', '7.1', random])
      for (const text of TEXTS) for (const stage of STAGES) check(stage, code, enhanced, text);
  }
}

describe('an SMTP reply', () => {
  it('has a verdict, and has a failure exactly when the verdict is permanent', () => {
    let wrong = 0;
    forEveryReply((stage, code, enhanced, text) => {
      const { kind, failure } = judgeSmtpReply(stage, { code, enhanced, text });
      if ((kind === 'permanent') !== (failure !== null)) wrong++;
    });
    expect(wrong).toBe(0);
  });

  it('of class 4xx is retryable except for a used-up daily quota, and of class 5xx is never unknown', () => {
    const wrong: string[] = [];
    forEveryReply((stage, code, enhanced, text) => {
      const { kind, failure } = judgeSmtpReply(stage, { code, enhanced, text });
      const temporary = code >= 400 && code < 500;
      const daily = text.startsWith('daily') && failure === 'SENDER_REFUSED';
      if (temporary && kind !== 'retryable' && !daily) wrong.push(`${code} ${enhanced} ${text}`);
      if (code >= 500 && code < 600 && kind !== 'permanent') wrong.push(`${code} ${enhanced} ${text}`);
    });
    expect(wrong).toEqual([]);
  });

  it('concerns the recipient only at RCPT or later, and only by subject 1 or 2 or by its text without an enhanced code', () => {
    const wrong: string[] = [];
    forEveryReply((stage, code, enhanced, text) => {
      const { failure } = judgeSmtpReply(stage, { code, enhanced, text });
      if (failure === null || failure === 'SENDER_REFUSED') return;
      const silent = enhanced === null || enhanced === '0.0' || enhanced === '5.0';
      const named = /^[12]\./.test(enhanced ?? '') && enhanced !== '1.7' && enhanced !== '1.8';
      if (stage === 'before RCPT' || !(silent || named)) wrong.push(`${stage} ${code} ${enhanced} ${text}`);
    });
    expect(wrong).toEqual([]);
  });

  it('outside 4xx and 5xx leaves the outcome unknown only after the mail was sent', () => {
    for (const code of [0, 199, 250, 354, 399, 600, 999])
      for (const stage of STAGES)
        expect(judgeSmtpReply(stage, { code, enhanced: null, text: '' }).kind).toBe(
          stage === 'content' ? 'unknown' : 'retryable',
        );
  });
});

it('an SMTP reply with any text gets a verdict, and the same one each time', () => {
  const word = fc.constantFrom(
    '550',
    '5.1.1',
    '-',
    ' ',
    '\r\n',
    'daily',
    'quota',
    'user',
    'unknown',
    'mailbox full',
  );
  const reply = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 400 }).map((words) => words.join(' ')),
  );
  fc.assert(
    fc.property(reply, fc.constantFrom(...STAGES), (raw, stage) => {
      const verdict = judgeSmtpReply(stage, parseSmtpReply(raw));
      expect(['retryable', 'permanent', 'unknown']).toContain(verdict.kind);
      expect(verdict.failure === null).toBe(verdict.kind !== 'permanent');
      expect(judgeSmtpReply(stage, parseSmtpReply(raw))).toEqual(verdict);
    }),
  );
});

it('an SMTP reply of a megabyte is read as fast as a short reply', () => {
  const hostile = `450 ${'daily user quota '.repeat(60_000)}`;
  expect(judgeSmtpReply('content', parseSmtpReply(hostile)).failure).toBe('SENDER_REFUSED');
  expect(parseSmtpReply(hostile).text.length).toBeLessThan(3_000);
});

it('an SMTP reply can have one line, several lines or none', () => {
  expect(parseSmtpReply('550-5.1.1 one\r\n550 5.1.1 two')).toEqual({
    code: 550,
    enhanced: '1.1',
    text: 'one two',
  });
  expect(parseSmtpReply('421 busy')).toEqual({ code: 421, enhanced: null, text: 'busy' });
  expect(parseSmtpReply('250')).toEqual({ code: 250, enhanced: null, text: '' });
  expect(parseSmtpReply('550 192.0.2.1 is listed')).toMatchObject({ enhanced: null });
  expect(parseSmtpReply('nonsense')).toEqual({ code: 0, enhanced: null, text: 'nonsense' });
  expect(parseSmtpReply('')).toEqual({ code: 0, enhanced: null, text: '' });
});

it('an SMTP reply that refuses another connection is recognized', () => {
  const limits = REPLIES.filter(([, , reply]) => isConnectionLimit(parseSmtpReply(reply))).map(
    ([host]) => host,
  );
  expect(limits).toEqual(['Gmail', 'Exchange Online', 'Postfix', 'Exim', 'SES', 'a server']);
  for (const text of [
    'The maximum number of concurrent server connections has exceeded a limit',
    'Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending',
    'Too many open connections',
    'per-user connection limit reached',
  ])
    expect(isConnectionLimit({ code: 421, enhanced: null, text })).toBe(true);
});
