import { type SendResult } from './inbox-message.types';

/** The texts of the messages' cards. Names in braces are replaced. */
export interface InboxTexts {
  /** The BCP 47 tag of the texts. */
  locale: string;
  to: string;
  email: string;
  sms: string;
  justNow: string;
  bytes: string;
  bytesOfLms: string;
  bytesMeaning: string;
  providers: string;
  sends: string;
  copyCode: string;
  codeCopied: string;
  showText: string;
  showHtml: string;
  noSubject: string;
  emailTo: string;
  results: Record<SendResult, string>;
}

export const ENGLISH: InboxTexts = {
  locale: 'en',
  to: 'To',
  email: 'E-mail',
  sms: 'SMS',
  justNow: 'just now',
  bytes: '{bytes} of 90 bytes',
  bytesOfLms: '{bytes} bytes, sent as LMS',
  bytesMeaning: 'Length in EUC-KR, as Korean carriers count it',
  providers: 'via {providers}',
  sends: 'Sends of this message',
  copyCode: 'Copy code {code}',
  codeCopied: 'Code {code} copied',
  showText: 'Show text',
  showHtml: 'Show HTML',
  noSubject: '(no subject)',
  emailTo: 'E-mail to {to}',
  results: {
    ACCEPTED: 'accepted',
    DELIVERED: 'delivered',
    NOT_DELIVERED: 'not delivered',
    REFUSED: 'refused',
    TEMPORARY_ERROR: 'temporary error',
    UNKNOWN: 'no usable answer',
    SKIPPED: 'skipped',
  },
};

export const KOREAN: InboxTexts = {
  locale: 'ko',
  to: '받는 사람',
  email: '이메일',
  sms: '문자',
  justNow: '방금',
  bytes: '90바이트 중 {bytes}바이트',
  bytesOfLms: '{bytes}바이트, LMS로 발송',
  bytesMeaning: '국내 통신사 기준(EUC-KR) 길이',
  providers: '{providers} 경유',
  sends: '이 메시지의 발송 내역',
  copyCode: '인증번호 {code} 복사',
  codeCopied: '인증번호 {code} 복사됨',
  showText: '텍스트 보기',
  showHtml: 'HTML 보기',
  noSubject: '(제목 없음)',
  emailTo: '{to}에게 보낸 이메일',
  results: {
    ACCEPTED: '접수됨',
    DELIVERED: '도착함',
    NOT_DELIVERED: '도착하지 않음',
    REFUSED: '거부됨',
    TEMPORARY_ERROR: '일시적 오류',
    UNKNOWN: '응답 없음',
    SKIPPED: '건너뜀',
  },
};
