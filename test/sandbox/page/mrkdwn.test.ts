import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mrkdwnToRichText, plainToRichText } from '../../../sandbox/page/blocks/mrkdwn.ts';

const read = (text: string) =>
  mrkdwnToRichText(text, (seconds, format, fallback) => `${seconds}|${format}|${fallback}`);

/** One section, as [type, text, styles]. */
const line = (text: string) => {
  const [section, ...others] = read(text);
  expect(others).toEqual([]);
  expect(section?.type).toBe('rich_text_section');
  return section?.elements ?? [];
};

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

describe('mrkdwn', () => {
  test('keeps what Markdown would swallow', () => {
    for (const text of [
      '# of attempts: 5',
      '---',
      '| a | b |',
      '![x](http://evil.example/a.png)',
      '    indented',
      '1*2*3 a_b_c',
    ])
      expect(line(text)).toEqual([{ type: 'text', text, style: {} }]);
  });

  test('an ARN stays whole', () => {
    const arn = 'arn:aws:iam::111122223333:user/ana';
    const shown = line(arn).map((one) =>
      one.type === 'emoji' ? `:${one.name}:` : one.type === 'text' ? one.text : '?',
    );
    expect(shown.join('')).toBe(arn);
  });

  test('styles, links, mentions and dates', () => {
    expect(line('*b* _i_ ~s~ `c`').filter((one) => one.type === 'text' && one.text !== ' ')).toEqual([
      { type: 'text', text: 'b', style: { bold: true } },
      { type: 'text', text: 'i', style: { italic: true } },
      { type: 'text', text: 's', style: { strike: true } },
      { type: 'text', text: 'c', style: { code: true } },
    ]);
    expect(line('<https://x.example/?a=1&amp;b=2|the *console*>')).toEqual([
      { type: 'link', url: 'https://x.example/?a=1&b=2', text: 'the console', style: {} },
    ]);
    expect(line('<@U1><#C1><!subteam^S1><!here>').map((one) => one.type)).toEqual([
      'user',
      'channel',
      'usergroup',
      'broadcast',
    ]);
    expect(line('<!date^170^{time}|then>')).toEqual([{ type: 'text', text: '170|{time}|then', style: {} }]);
    expect(line('<!date^170^{time}^https://x.example|then>')).toMatchObject([
      { type: 'link', url: 'https://x.example' },
    ]);
  });

  test('a link that is none stays text', () => {
    expect(line('<javascript:alert(1)|click>')).toEqual([
      { type: 'text', text: '<javascript:alert(1)|click>', style: {} },
    ]);
    expect(line('<b>')).toEqual([{ type: 'text', text: '<b>', style: {} }]);
  });

  test('quotes and code fences are blocks', () => {
    expect(read('said:\n&gt; one\n> two\nafter').map((one) => one.type)).toEqual([
      'rich_text_section',
      'rich_text_quote',
      'rich_text_section',
    ]);
    expect(read('x ```\na &lt;b&gt; *c*\n``` y')).toEqual([
      { type: 'rich_text_section', elements: [{ type: 'text', text: 'x ', style: {} }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a <b> *c*' }] },
      { type: 'rich_text_section', elements: [{ type: 'text', text: ' y', style: {} }] },
    ]);
    expect(line('```never closed')).toEqual([{ type: 'text', text: '```never closed', style: {} }]);
  });

  test('escaped text never becomes a link, a mention or a date, and loses no word', () => {
    const words = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
    const hostile = fc.constantFrom(
      '<!channel>',
      '<@U1>',
      '<https://evil.example|click>',
      '<!date^1^{time}|x>',
      '&lt;!here&gt;',
      ':tada:',
      ':x',
      '::skin-tone-',
      '2:',
      '*',
      '`',
      '```',
      '_',
      '~',
      '\n>',
      '# 1\n',
    );
    const text = fc.array(fc.oneof(hostile, fc.string())).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (raw) => {
        const elements = read(escaped(raw)).flatMap((block) => (block.type === 'rich_text_list' ? [] : block.elements));
        const drawn = elements.map((one) => {
          if (one.type === 'emoji') return `${one.name}${one.skin_tone ? `skintone${one.skin_tone}` : ''}`;
          expect(one.type).toBe('text');
          return one.type === 'text' ? one.text : '';
        });
        expect(words(drawn.join(''))).toBe(words(raw));
      }),
    );
  });
});

test('plain text knows emoji and nothing else', () => {
  expect(plainToRichText(':bell: *a* <@U1> &lt;b&gt;')).toEqual([
    {
      type: 'rich_text_section',
      elements: [
        { type: 'emoji', name: 'bell' },
        { type: 'text', text: ' *a* <@U1> <b>' },
      ],
    },
  ]);
});
