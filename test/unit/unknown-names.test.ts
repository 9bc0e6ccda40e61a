import { SETTINGS } from '../../src/config/declaration';
import { unknownNames } from '../../src/config/unknown-names';

const likelyFor = (variable: string, value = 'x') =>
  unknownNames({ [variable]: value }).map(({ likely }) => likely);

it.each([
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['RECIPENT_HOURLY_LIMIT', 'RECIPIENT_HOURLY_LIMIT'],
  ['SENS_SERVICEID', 'SENS_SERVICE_ID'],
  ['INJEUNG_SECRETS', 'INJEUNG_SECRET'],
  ['INJEUNG_PORT', 'PORT'],
  ['INJEUNG_LOG_LEVEL', 'LOG_LEVEL'],
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['ADMIN_API_KEY', 'ADMIN_API_KEYS'],
  ['EMAIL_PROVIDERS', 'EMAIL_PROVIDER'],
  ['MAIL_FROM', 'EMAIL_FROM'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['EMAIL_CODE_TTL', 'EMAIL_CODE_TTL_SECONDS'],
  ['EMAIL_CODE_TTL_MINUTES', 'EMAIL_CODE_TTL_SECONDS'],
  ['SMTP_CA', 'SMTP_CA_FILE'],
  ['AWS_ENDPOINT_URL_SES', 'AWS_ENDPOINT_URL_SESV2'],
  ['AWS_SECRET_ACESS_KEY', 'AWS_SECRET_ACCESS_KEY'],
  ['log_level', 'LOG_LEVEL'],
  ['NODEENV', 'NODE_ENV'],
])('an unknown variable %s is reported as a misspelling of %s', (variable, likely) => {
  expect(likelyFor(variable)).toEqual([likely]);
});

it('an unknown variable is reported when it only has the prefix of a setting', () => {
  expect(likelyFor('SENS_ZONE')).toEqual([null]);
});

it('unknown variables: settings, empty variables and an empty environment are not reported', () => {
  expect(unknownNames({})).toEqual([]);
  expect(unknownNames({ LOG_LEVLE: '' })).toEqual([]);
  expect(unknownNames(Object.fromEntries([...SETTINGS.keys()].map((name) => [name, 'x'])))).toEqual([]);
});

it('unknown variables: variables of the machine, the shell and CI are not reported', () => {
  const names =
    `APPDATA BASH_ENV BRANCH_NAME BUILD_NUMBER CI COLORTERM DBUS_SESSION_BUS_ADDRESS DEBIAN_FRONTEND
    DISPLAY DOCKER_HOST EDITOR EMAIL GITHUB_ACTIONS GITHUB_TOKEN GPG_AGENT_INFO HISTSIZE HOME HOSTNAME HOSTTYPE
    HTTPS_PROXY HTTP_PROXY INIT_CWD JAVA_HOME JOURNAL_STREAM KUBERNETES_SERVICE_HOST LANG LANGUAGE LC_ALL LESSOPEN
    LOGNAME LS_COLORS MAIL MAILTO NODE_EXTRA_CA_CERTS NODE_OPTIONS NODE_PATH NODE_VERSION NO_COLOR NO_PROXY NVM_DIR
    OLDPWD PAGER PATH PGDATABASE PGHOST PGPASSWORD PGPORT PGUSER POSTGRES_DB POSTGRES_PASSWORD POSTGRES_USER PS1 PWD
    REDIS_URL SECRET_KEY_BASE SENTRY_DSN SHELL SHLVL SMTP_HOST SMTP_PASSWORD SMTP_PORT SMTP_USER SSH_AUTH_SOCK
    SSH_CONNECTION SSL_CERT_FILE TERM TERM_PROGRAM TMPDIR TZ USER VIRTUAL_ENV XDG_RUNTIME_DIR XDG_SESSION_ID _
    AWS_CONFIG_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_DEFAULT_OUTPUT AWS_DEFAULT_PROFILE
    AWS_EC2_METADATA_DISABLED AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_SNS AWS_ENDPOINT_URL_SQS AWS_EXECUTION_ENV AWS_PROFILE
    AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SDK_LOAD_CONFIG AWS_SESSION_TOKEN AWS_STS_REGIONAL_ENDPOINTS
    AWS_WEB_IDENTITY_TOKEN_FILE http_proxy https_proxy no_proxy npm_config_cache npm_config_prefix
    npm_lifecycle_event npm_package_name npm_package_version`.split(/\s+/);
  const services = {
    INJEUNG_PORT: 'tcp://10.96.0.12:4000',
    INJEUNG_PORT_4000_TCP: 'tcp://10.96.0.12:4000',
    INJEUNG_PORT_4000_TCP_ADDR: '10.96.0.12',
    INJEUNG_PORT_4000_TCP_PORT: '4000',
    INJEUNG_PORT_4000_TCP_PROTO: 'tcp',
    INJEUNG_SERVICE_HOST: '10.96.0.12',
    INJEUNG_SERVICE_PORT: '4000',
    INJEUNG_SERVICE_PORT_HTTP: '4000',
  };
  expect(unknownNames({ ...Object.fromEntries(names.map((name) => [name, 'x'])), ...services })).toEqual([]);
});
