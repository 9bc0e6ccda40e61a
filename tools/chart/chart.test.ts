import { drawChart } from './chart';
import { evenScale, logarithmicScale, timeTicks } from './scale';

const bars = (values: (number | null)[]) =>
  drawChart({
    title: 'Flows <per> second',
    subtitle: 'flows/s',
    axis: { labels: values.map((_, index) => `place ${index}`) },
    panels: [{ kind: 'bars', series: [{ name: 'one', values }] }],
  });
const heights = (svg: string) =>
  [...svg.matchAll(/<rect [^>]*height="([\d.]+)"/g)].map(([, height]) => Number(height));

it('a bar chart draws bars whose heights are in the proportion of their values', () => {
  const [low, high] = heights(bars([10, 40]));
  expect(high! / low!).toBeCloseTo(4, 1);
});

it('a bar chart leaves a gap where a value is null or NaN', () => {
  expect(heights(bars([10, null, NaN]))).toHaveLength(1);
});

it('a chart escapes what XML does not allow in a text', () => {
  const svg = bars([1]);
  expect(svg).toContain('Flows &lt;per&gt; second');
  expect(svg).not.toContain('<per>');
});

it('a line chart lifts its pen where a value is missing', () => {
  const svg = drawChart({
    title: 'calls',
    subtitle: '',
    axis: { seconds: 40, binSeconds: 10 },
    lanes: [{ label: 'node killed', color: '#c0392b', bars: [{ from: 10, to: 20 }] }],
    panels: [{ title: 'API calls', kind: 'lines', series: [{ name: 'one', values: [1, null, 2, 3] }] }],
  });
  const [, path] = /<path d="([^"]+)"/.exec(svg)!;
  expect(path!.match(/M/g)).toHaveLength(2);
  expect(svg).toContain('node killed');
});

it('an even scale begins at zero, ends above the highest value and has round ticks', () => {
  const { y, ticks } = evenScale([3, 87], 0, 100);
  expect(ticks).toEqual([0, 25, 50, 75, 100]);
  expect([y(0), y(100)]).toEqual([100, 0]);
});

it('a logarithmic scale has a tick for each power of ten around its values, also where none is positive', () => {
  expect(logarithmicScale([3, 87], 0, 100).ticks).toEqual([1, 10, 100]);
  expect(logarithmicScale([], 0, 100).ticks).toEqual([1, 10]);
});

it('an axis of time names at most nine round times', () => {
  expect(timeTicks(60)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(timeTicks(7_200).length).toBeLessThanOrEqual(9);
});
