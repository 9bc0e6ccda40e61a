/** Returns why SMTP_URL cannot be used, or null. The message does not quote the URL, because it contains a password. */
export function smtpUrlFault(text: string): string | null {
  if (!/^smtps?:\/\//i.test(text) || !URL.canParse(text))
    return 'must be smtp://user:password@host:port or smtps://..., with user and password percent-encoded';
  const { hostname, port, pathname, username, password } = new URL(text);
  // `smtp://user:1#ss@host` is a valid URL as well, and its host is `user`.
  if (/[?#]/.test(text) || !['', '/'].includes(pathname))
    return 'must end after host and port: in user and password, write / as %2F, ? as %3F and # as %23';
  if (port === '0') return 'must have a port from 1 to 65535';
  if (hostname === '') return 'must name a host';
  if (hostname.includes('%')) return 'must name the host in ASCII (a domain outside ASCII in punycode)';
  const login = [username, password].map(decoded);
  if (login.includes(null)) return 'has a % in user or password that is not encoded: write it as %25';
  if (login.some((part) => /[\u0000-\u001f\u007f]/.test(part!)))
    return 'must not contain control characters in user and password';
  if ((username === '') !== (password === '')) return 'must have both user and password, or neither';
  return null;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
