import { describe, expect, test } from 'vitest';
import { type Chart, chartAlt, chartBlock, chartPng } from '../../src/reports/chart.ts';
import { trendChart } from './organization.ts';

const from = (start: number): Chart => ({
  ...trendChart,
  categories: trendChart.categories.slice(start),
  series: trendChart.series.map(({ name, values }) => ({ name, values: values.slice(start) })),
});

describe('in words', () => {
  test('first and last total, what it is made of, and the gaps', () => {
    expect(chartAlt(trendChart)).toBe(
      'Open findings by severity: 103 open findings on 23 Nov from 161 on 21 Sep. Now 3 critical, 28 high, 49 medium and 23 low. One value is missing in between.',
    );
    expect(chartAlt(from(11))).toBe(
      'Open findings by severity: 103 open findings on 23 Nov. Now 3 critical, 28 high, 49 medium and 23 low.',
    );
    expect(chartAlt({ ...trendChart, series: [] })).toBe('Open findings by severity: no values yet.');
  });
});

describe('as Slack draws it', () => {
  test('within the limits and without gaps', () => {
    expect(chartBlock(from(10))).toEqual({
      type: 'data_visualization',
      title: 'Open findings by severity',
      chart: {
        type: 'bar',
        series: [
          ['critical', 3, 3],
          ['high', 28, 28],
          ['medium', 68, 49],
          ['low', 23, 23],
        ].map(([name, first, second]) => ({
          name,
          data: [
            { label: '16 Nov', value: first },
            { label: '23 Nov', value: second },
          ],
        })),
        axis_config: { categories: ['16 Nov', '23 Nov'], y_label: 'open findings' },
      },
    });
    // The empty weeks before the first run are left out.
    const young = { ...from(10), categories: ['9 Nov', ...from(10).categories] };
    const series = from(10).series.map(({ name, values }) => ({ name, values: [null, ...values] }));
    expect(chartBlock({ ...young, series })).toEqual(chartBlock(from(10)));
  });

  test.each<[string, Chart]>([
    ['a gap', trendChart],
    ['no values', { ...trendChart, series: [] }],
    ['a long title', { ...from(7), title: 't'.repeat(51) }],
    ['a long unit', { ...from(7), unit: 'u'.repeat(51) }],
    ['a long name', { ...from(7), series: [{ name: 'n'.repeat(21), values: [1, 2, 3, 4, 5] }] }],
    ['a long label', { ...from(11), categories: ['l'.repeat(21)] }],
    ['the same label twice', { ...from(10), categories: ['a', 'a'] }],
    ['too many series', { ...from(11), series: Array.from({ length: 7 }, (_, i) => ({ name: `${i}`, values: [1] })) }],
    [
      'too many points',
      {
        ...trendChart,
        categories: Array.from({ length: 21 }, (_, i) => `${i}`),
        series: [{ name: 'all', values: Array.from({ length: 21 }, () => 1) }],
      },
    ],
  ])('not with %s: then the picture is sent', (_, chart) => expect(chartBlock(chart)).toBeNull());
});

// Loading the chart library takes seconds where the machine is busy.
describe('as a picture', () => {
  test('a PNG of 1600 × 800, the same bytes each time', async () => {
    const png = Buffer.from(await chartPng(trendChart));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1600, 800]);
    expect(png.equals(await chartPng(trendChart))).toBe(true);
    expect(png.equals(await chartPng(from(1)))).toBe(false);
  }, 120_000);

  test('of any names and of nothing at all', async () => {
    const odd = ['<b>&"\'', '{value}', '\u202E\uD800', '\u0000\u000B\uFFFE', 'x'.repeat(500)];
    const chart: Chart = {
      title: odd.join(),
      unit: odd.join(),
      categories: odd,
      series: odd.map((name) => ({ name, values: [0, null, 1e9, 1] })),
    };
    expect((await chartPng(chart)).length).toBeGreaterThan(1000);
    expect((await chartPng({ ...chart, categories: [], series: [] })).length).toBeGreaterThan(1000);
  }, 120_000);
});
