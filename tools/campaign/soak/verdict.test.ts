import { type Series } from './samples';
import { judge } from './verdict';

const WARM_UP_SECONDS = 100;

/** A sample every two seconds for five minutes. */
function series(figure: string, value: (second: number) => number): Series {
  const points = Array.from({ length: 150 }, (_, index) => ({ second: 2 * index, value: value(2 * index) }));
  return { figure, at: 'node-1', unit: '', points };
}

const saw = (low: number, high: number, seconds: number) => (second: number) =>
  low + ((second % seconds) / seconds) * (high - low);

it.each<[string, Series]>([
  ['memory that stays', series('resident memory', () => 200)],
  ['memory that grew while it warmed up', series('resident memory', (s) => Math.min(s, 100))],
  ['memory that falls', series('resident memory', (s) => 500 - s)],
  ['a heap that garbage is collected from', series('heap in use', saw(50, 90, 11))],
  ['rows that are purged once a minute', series('rows', saw(100, 400, 60))],
])('the verdict of a soak is flat for %s', (_, steady) => {
  expect(judge(steady, WARM_UP_SECONDS)).toMatchObject({ flat: true });
});

it.each<[string, Series]>([
  ['memory that leaks', series('resident memory', (s) => 100 + s / 5)],
  ['a heap that leaks under its waves', series('heap in use', (s) => saw(50, 90, 11)(s) + s / 5)],
  ['rows that come faster than they are purged', series('rows', (s) => saw(100, 400, 60)(s) + s)],
  ['file descriptors that are not closed', series('file descriptors', (s) => 30 + Math.floor(s / 20))],
  ['connections that are not given back', series('database connections', (s) => 24 + Math.floor(s / 60))],
])('the verdict of a soak is growth for %s', (_, growing) => {
  expect(judge(growing, WARM_UP_SECONDS)).toMatchObject({ flat: false });
});

it('the verdict of a soak ignores figures without enough samples', () => {
  expect(() =>
    judge(
      series('rows', () => 1),
      290,
    ),
  ).toThrow('run for longer');
});
