import { limits } from '../slack/limits.ts';
import type { DataVisualizationBlock } from '../slack/types.ts';
import { listed, oneLine } from '../words/text.ts';
import { writable } from '../words/xml.ts';
import { fonts } from './fonts.ts';

/** Stacked bars over time: one bar for each category, one layer for each series. */
export interface Chart {
  title: string;
  /** What the height stands for. */
  unit: string;
  /** Oldest first: dates, weeks. */
  categories: readonly string[];
  /** As many values as categories; null: nobody looked, which is not zero. The worst series first, it lies at the bottom. */
  series: readonly { name: string; values: readonly (number | null)[] }[];
}

/** Dark to light and apart for every kind of colour blindness. Source: Okabe and Ito, "Color Universal Design". */
const colours = ['#B5401C', '#E69F00', '#56B4E9', '#8C8C8C', '#009E73', '#CC79A7'];

const size = { width: 800, height: 400, scale: 2 };

/** Total of each category; null where nobody looked. */
const totals = ({ categories, series }: Chart): (number | null)[] =>
  categories.map((_, i) => {
    const values = series.map(({ values }) => values[i] ?? null);
    return values.every((value) => value === null)
      ? null
      : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  });

/** The chart in words, for who cannot see it: first and last total, the gaps, and what the last one is made of. */
export function chartAlt(chart: Chart): string {
  const known = totals(chart).flatMap((total, i) =>
    total === null ? [] : [{ total, i, at: chart.categories[i] ?? '' }],
  );
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return `${chart.title}: no values yet.`;
  const parts = chart.series.map(({ name, values }) => `${values[last.i] ?? 0} ${name}`);
  const gaps = totals(chart)
    .slice(first.i)
    .filter((total) => total === null).length;
  const trend = first.i === last.i ? '' : ` from ${first.total} on ${first.at}`;
  return oneLine(
    `${chart.title}: ${last.total} ${chart.unit} on ${last.at}${trend}. Now ${listed(parts, parts.length)}.${gaps === 0 ? '' : ` ${gaps === 1 ? 'One value is' : `${gaps} values are`} missing in between.`}`,
    2000,
  );
}

/**
 * The chart as Slack draws it itself, without the empty time before the first value; null where it is beyond Slack's
 * limits or has a gap, which Slack cannot show: then the picture is to be sent.
 */
export function chartBlock(chart: Chart): DataVisualizationBlock | null {
  const start = totals(chart).findIndex((total) => total !== null);
  const categories = chart.categories.slice(start);
  const { title, series, points, label, seriesName, axisLabel } = limits.dataVisualization;
  if (start === -1 || totals(chart).slice(start).includes(null)) return null;
  if (chart.title.length > title || chart.series.length > series || categories.length > points) return null;
  if (chart.unit.length > axisLabel || chart.series.some(({ name }) => name.length > seriesName)) return null;
  if (categories.some((text) => text.length > label) || new Set(categories).size < categories.length) return null;
  return {
    type: 'data_visualization',
    title: chart.title,
    chart: {
      type: 'bar',
      series: chart.series.map(({ name, values }) => ({
        name,
        data: categories.map((category, i) => ({ label: category, value: values[start + i] ?? 0 })),
      })),
      axis_config: { categories: [...categories], y_label: chart.unit },
    },
  };
}

/** The chart as a PNG of 1600 × 800 pixels, the same bytes for the same chart. The libraries are loaded when first used. */
export const chartPng = async (chart: Chart): Promise<Uint8Array> =>
  drawPng(await chartSvg(chart), size.width * size.scale);

/** An SVG as a PNG so many pixels wide, whatever the names in it, with the reports' own fonts. */
export async function drawPng(svg: string, width: number): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const resvg = new Resvg(writable(svg), {
    fitTo: { mode: 'width', value: width },
    background: '#FFFFFF',
    font: { fontFiles: [fonts.regular, fonts.bold], loadSystemFonts: false, defaultFontFamily: fonts.family },
  });
  return resvg.render().asPng();
}

async function chartSvg(chart: Chart): Promise<string> {
  const [
    { init, use },
    { BarChart },
    { AriaComponent, GridComponent, LegendComponent, TitleComponent },
    { SVGRenderer },
  ] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  use([AriaComponent, BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  const sums = totals(chart);
  const picture = init(null, null, { renderer: 'svg', ssr: true, width: size.width, height: size.height });
  try {
    picture.setOption({
      animation: false,
      backgroundColor: '#FFFFFF',
      color: colours,
      textStyle: { fontFamily: fonts.family },
      // Patterns over the colours: told apart in black and white too.
      aria: { enabled: true, decal: { show: true } },
      title: {
        text: chart.title,
        left: 16,
        top: 12,
        textStyle: { fontSize: 18, fontWeight: 'bold', color: '#1A1A1A' },
      },
      legend: {
        top: 16,
        // echarts underestimates text width.
        right: 40,
        itemGap: 20,
        itemWidth: 18,
        itemHeight: 12,
        textStyle: { fontSize: 13, color: '#333333' },
        data: chart.series.map(({ name }) => name),
      },
      grid: { left: 64, right: 24, top: 64, bottom: 56 },
      xAxis: {
        type: 'category',
        data: chart.categories.map((name, i) => (sums[i] === null ? `${name}\nno data` : name)),
        axisTick: { show: false },
        axisLabel: { fontSize: 12, color: '#333333', lineHeight: 16, interval: 'auto' },
        axisLine: { lineStyle: { color: '#666666' } },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        name: chart.unit,
        nameLocation: 'middle',
        nameGap: 44,
        nameTextStyle: { fontSize: 13, color: '#333333' },
        axisLabel: { fontSize: 12, color: '#333333' },
        splitLine: { lineStyle: { color: '#E3E3E3' } },
      },
      series: chart.series.map(({ name, values }, layer) => ({
        name,
        type: 'bar',
        stack: 'all',
        barMaxWidth: 44,
        data: values.map((value) => value ?? '-'),
        itemStyle: { borderWidth: 0 },
        label: {
          show: layer === chart.series.length - 1,
          position: 'top',
          fontSize: 13,
          fontWeight: 'bold',
          color: '#1A1A1A',
          formatter: ({ dataIndex }: { dataIndex: number }) => `${sums[dataIndex] ?? ''}`,
        },
      })),
    });
    return picture.renderToSVGString();
  } finally {
    picture.dispose();
  }
}
