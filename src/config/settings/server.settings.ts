import { choice, flag, integer, list, optionalChoice, special } from '../kinds';
import { readDnsServer, readHost, readOrigin, readTrustedProxies, type TrustedProxies } from '../network';
import { group } from '../setting';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const SERVER = group(
  { title: 'Server' },
  {
    NODE_ENV: choice({
      choices: ['production', 'development', 'test'],
      default: 'development',
      verbatim: true,
      description:
        '`production` switches off the inbox, the other pages for development and introspection, and requires `INJEUNG_SECRET`.',
    }),
    HOST: special({
      default: '127.0.0.1',
      form: 'IP address or host name',
      parse: readHost,
      description: 'The address that the server listens on; `0.0.0.0` for all interfaces.',
    }),
    PORT: integer({
      default: 4000,
      min: 0,
      max: 65_535,
      description: 'The port that the server listens on; 0 selects a free one.',
    }),
    MAX_CONNECTIONS: integer({
      default: 10_000,
      min: 1,
      max: 1_000_000,
      description:
        'Maximum number of open connections. Further connections are closed as soon as they are accepted. `ulimit -n` must be higher.',
    }),
    REQUEST_TIMEOUT_MS: integer({
      default: 15_000,
      min: 100,
      max: 300_000,
      unit: 'milliseconds',
      description: 'How long a client may take to send a request with headers and body.',
    }),
    SHUTDOWN_DELAY_SECONDS: integer({
      default: 2,
      min: 0,
      max: 300,
      unit: 'seconds',
      description:
        'How long requests are still answered after SIGTERM, while `/readyz` returns 503. The server then stops within 15 seconds.',
    }),
    LOG_LEVEL: choice({
      choices: LOG_LEVELS,
      default: 'info',
      description: 'The lowest level that is logged.',
    }),
    LOG_FORMAT: optionalChoice({
      choices: ['json', 'pretty'],
      defaultText: '`pretty` on a terminal outside production, else `json`',
      description:
        'The format of the log on standard output: `json` writes one object per line, `pretty` is for reading.',
    }),
    TRUST_PROXY: special<TrustedProxies>({
      form: '`on`, `off`, number of proxies, or list of their addresses and subnets',
      default: false,
      defaultText: '`off`',
      parse: readTrustedProxies,
      description:
        'The proxies whose headers `X-Forwarded-For` and `X-Forwarded-Proto` are trusted. `on` means one proxy. Limits count the address from which the outermost of these proxies received the request. While it is off, all users behind a proxy share one address.',
    }),
    CORS_ORIGINS: list({
      form: 'origins such as `https://app.example.com`, `https://*.example.com` or `capacitor://localhost`',
      default: [],
      defaultText: 'none; outside production, pages of this machine',
      entry: readOrigin,
      description:
        'Origins whose pages may call the API from a browser. A `*` as the first label matches one or more labels: `https://*.example.com` matches `https://a.example.com` and `https://a.b.example.com`, but not `https://example.com`.',
    }),
    DNS_SERVERS: list({
      form: '`host` or `host:port`',
      default: [],
      defaultText: "the domain's own servers and the system's",
      entry: readDnsServer,
      description: 'DNS servers for DKIM look-ups. If set, no other server is queried.',
    }),
    INBOX_REMOTE: flag({
      description:
        'Allows other machines, tunnels and pages of other sites to open the inbox, which shows every code, and the other pages for development. While it is off, only browsers on this machine can open them.',
    }),
  },
);
