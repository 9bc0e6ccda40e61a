import { Registry } from 'prom-client';
import { SmsTraffic } from '../../src/observability/sms-traffic';

async function seriesOf(registry: Registry, name: string): Promise<Record<string, number>> {
  const metric = (await registry.getMetricsAsJSON()).find((one) => one.name === name)!;
  return Object.fromEntries(
    metric.values.map(({ labels, value }) => [`${labels.country} ${labels.prefix}`, value]),
  );
}

const number = (block: number, last = 0) =>
  `+8210${String(block).padStart(4, '0')}${String(last).padStart(4, '0')}`;

it('SMS metrics: a busy block of numbers has a series, and scattered traffic shares one', async () => {
  const registry = new Registry();
  const traffic = new SmsTraffic(registry);
  for (let block = 2000; block < 9000; block++) traffic.count('requested', number(block));
  for (let last = 0; last < 30; last++) traffic.count('requested', number(1234, last));
  traffic.count('sent', number(1234));
  traffic.count('verified', number(5678));
  expect(await seriesOf(registry, 'injeung_sms_requested_total')).toEqual({
    'KR other': 7_009,
    'KR +82101234': 21,
  });
  expect(await seriesOf(registry, 'injeung_sms_sent_total')).toEqual({ 'KR other': 0, 'KR +82101234': 1 });
  expect(await seriesOf(registry, 'injeung_sms_verified_total')).toEqual({
    'KR other': 1,
    'KR +82101234': 0,
  });
});

it('SMS metrics: each country has a series, also countries that share a country code', async () => {
  const registry = new Registry();
  const traffic = new SmsTraffic(registry);
  for (const recipient of ['+821012345678', '+12133734253', '+14165550123', '+447400123456'])
    traffic.count('requested', recipient);
  expect(Object.keys(await seriesOf(registry, 'injeung_sms_requested_total')).sort()).toEqual([
    'CA other',
    'GB other',
    'KR other',
    'US other',
  ]);
});

it('SMS metrics: at most 200 blocks have a series, and the quietest one is dropped', async () => {
  const registry = new Registry();
  const traffic = new SmsTraffic(registry);
  const attack = (block: number) => {
    for (let last = 0; last < 10; last++) traffic.count('requested', number(block, last));
  };
  for (let block = 1000; block < 1200; block++) attack(block);
  traffic.count('requested', number(1000));
  attack(1200);
  const series = await seriesOf(registry, 'injeung_sms_requested_total');
  expect(Object.keys(series)).toHaveLength(201);
  expect(series).toHaveProperty(['KR +82101000'], 2);
  expect(series).not.toHaveProperty(['KR +82101001']);
});
