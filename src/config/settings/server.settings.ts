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
        '`production` switches off the inbox, the Sandbox and introspection, and requires `INJEUNG_SECRET`.',
    }),
    HOST: special({
      default: '127.0.0.1',
      form: 'IP address or host name',
      parse: readHost,
      description: 'The address to listen on; `0.0.0.0` for every interface.',
    }),
    PORT: integer({
      default: 4000,
      min: 0,
      max: 65_535,
      description: 'The port to listen on; 0 takes a free one.',
    }),
    MAX_CONNECTIONS: integer({
      default: 10_000,
      min: 1,
      max: 1_000_000,
      description:
        'Connections that may be open at once. A further one is closed as soon as it is accepted. `ulimit -n` must be higher.',
    }),
    REQUEST_TIMEOUT_MS: integer({
      default: 15_000,
      min: 100,
      max: 300_000,
      unit: 'milliseconds',
      description: 'How long a client may take to send a request, headers and body.',
    }),
    SHUTDOWN_DELAY_SECONDS: integer({
      default: 2,
      min: 0,
      max: 300,
      unit: 'seconds',
      description:
        'How long requests are still answered after SIGTERM, while `/readyz` answers 503. The whole stop takes at most 15 seconds more.',
    }),
    LOG_LEVEL: choice({
      choices: LOG_LEVELS,
      default: 'info',
      description: 'The least severity that is logged.',
    }),
    LOG_FORMAT: optionalChoice({
      choices: ['json', 'pretty'],
      defaultText: '`pretty` on a terminal outside production, else `json`',
      description:
        'How lines of the log are written to standard output: `json` is one object a line, `pretty` is for people.',
    }),
    TRUST_PROXY: special<TrustedProxies>({
      form: '`on`, `off`, number of proxies, or list of their addresses and subnets',
      default: false,
      defaultText: '`off`',
      parse: readTrustedProxies,
      description:
        'Which proxies in front of the server may set `X-Forwarded-For` and `X-Forwarded-Proto`. `on` means one proxy. The address that the outermost of them received the request from counts for the limits. While it is off, all users behind a proxy share one address.',
    }),
    CORS_ORIGINS: list({
      form: 'origins such as `https://app.example.com`, `https://*.example.com` or `capacitor://localhost`',
      default: [],
      defaultText: 'none; outside production pages of this machine may call',
      entry: readOrigin,
      description:
        'Origins whose pages may call the API from a browser. A `*` as the first label stands for one or more labels: `https://*.example.com` matches `https://a.example.com` and `https://a.b.example.com`, but not `https://example.com`.',
    }),
    DNS_SERVERS: list({
      form: '`host` or `host:port`',
      default: [],
      defaultText: "the domain's own servers and the system's",
      entry: readDnsServer,
      description: 'Resolvers for DKIM look-ups. When set, no other server is asked.',
    }),
    INBOX_REMOTE: flag({
      description:
        'Lets other machines than this one, tunnels and pages of other sites read the inbox, and so every code in it, and the other pages for development.',
    }),
  },
);
