import { databasePlace, databaseUrlFault } from '../../src/database/database-url';

describe('a URL of a database', () => {
  it.each([
    'sqlite:data/injeung.sqlite',
    'sqlite:/var/lib/injeung.sqlite',
    'postgres://db.example.com/injeung',
    'postgresql://user:p%40ss@db.example.com:6432/injeung?schema=Injeung',
    'postgres://user@/db?host=/var/run/postgresql',
    'postgres://user@/db?host=%2Fvar%2Frun%2Fpostgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/db',
    'postgres://user:pw@%2Ftmp:5433/db',
    'postgres:///db?host=/tmp&port=5433&user=me',
    'postgres://user@:5433/db?host=/tmp',
    'postgres://user:p@ss@db.example.com/db',
    'postgres://[::1]:5432/db',
    'postgres://db.example.com',
    'postgres://db.example.com/db?target_session_attrs=read-write&channel_binding=prefer',
  ])('is accepted: %s', (url) => {
    expect(databaseUrlFault(url)).toBeNull();
  });

  it.each([
    ['', /sqlite:<path> or postgres/],
    ['mysql://db.example.com/db', /sqlite:<path> or postgres/],
    ['postgres:db', /sqlite:<path> or postgres/],
    ['sqlite:', /must name a file/],
    ['sqlite: ', /must name a file/],
    ['sqlite::memory:', /must name a file/],
    ['postgres://db.example.com:0/db', /port/],
    ['postgres://db.example.com:65536/db', /host:port/],
    ['postgres://db.example.com/db?port=x', /port/],
    ['postgres://user:p%zz@db.example.com/db', /percent-encoded/],
    ['postgres://user:pa/ss@db.example.com/db', /percent-encoded/],
    ['postgres://a.example.com,b.example.com/db', /one host/],
    ['postgres://user@/db?host=/one,/two', /one host/],
    ['postgres://user@/db?host=@abstract', /abstract/],
    ['postgres://user@/db?host=relative/path', /absolute path/],
    ['postgres://db.example.com/db?hostaddr=10.0.0.1', /hostaddr/],
    ['postgres://db.example.com/db?target_session_attrs=standby', /target_session_attrs/],
    ['postgres://db.example.com/d%00b', /%00/],
    ['postgres://us%00er@db.example.com/db', /%00/],
    ['postgres://db.example.com/db?application_name=%00', /%00/],
    ['postgres://db.example.com/db?schema=', /schema must not be empty/],
    ['postgres://db.example.com/db?schema=a%00b', /%00/],
    ['postgres://db.example.com/db?schema=$user', /\$user/],
    ['postgres://db.example.com/db?schema=pg_own', /pg_/],
    ['postgres://db.example.com/db?schema=information_schema', /information_schema/],
    [`postgres://db.example.com/db?schema=${'x'.repeat(64)}`, /63 bytes/],
    [`postgres://db.example.com/db?schema=${encodeURIComponent('인'.repeat(22))}`, /63 bytes/],
  ])('is refused: %j, and the message says why', (url, message) => {
    expect(databaseUrlFault(url)).toMatch(message);
  });

  it.each([
    ['postgres://user:secret@db.example.com/db', 'PostgreSQL at db.example.com:5432'],
    ['postgres://user:secret@[::1]:6432/db', 'PostgreSQL at [::1]:6432'],
    ['postgres://user:secret@/db?host=/tmp&password=secret', 'PostgreSQL at /tmp:5432'],
    ['sqlite:/tmp/data.sqlite', '/tmp/data.sqlite'],
  ])('has a name for messages without its password: %s', (url, place) => {
    expect(databasePlace(url)).toBe(place);
  });
});
