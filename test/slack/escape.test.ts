import fc from 'fast-check';
import { type Node, NodeType, parse } from 'slack-message-parser';
import { describe, expect, test } from 'vitest';
import { clipMrkdwn, joined, link, md, mention, mrkdwn, safeUrl, userMention } from '../../src/slack/escape.ts';
import { hostile } from './views/alerts.ts';

const nodes = (node: Node): Node[] => ('children' in node ? [node, ...node.children.flatMap(nodes)] : [node]);

/** An emoji code (`:tada:`) is drawn as a picture: harmless, and part of many ARNs. */
const harmless = [NodeType.Root, NodeType.Text, NodeType.Emoji];
const markupOf = (text: string) => nodes(parse(text)).filter((node) => !harmless.includes(node.type));

describe('mrkdwn', () => {
  test('any text is text only, wherever it stands', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        expect(markupOf(mrkdwn(a))).toEqual([]);
        expect(markupOf(md`${a} · ${b}, ${a}`.toString())).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('escapes & first, so that nothing is escaped twice or not at all', () => {
    expect(mrkdwn('a & b <c> &lt;')).toBe('a &amp; b &lt;c&gt; &amp;lt;');
  });

  test('leaves names as they are where nothing would format', () => {
    expect(mrkdwn('my_bucket_name i-0abc arn:aws:s3:::x/y')).toBe('my_bucket_name i-0abc arn:aws:s3:::x/y');
  });

  test('is one line, without marks that hide or reorder', () => {
    expect(mrkdwn('a\nb\u202ec\u200b')).toBe('a bc');
  });
});

describe('md', () => {
  test('its own words are markup, its values are text', () => {
    expect(md`*Who* ${'*<@U1>*'}`.toString()).toBe('*Who* ∗&lt;@U1&gt;∗');
  });

  test('takes safe mrkdwn as it is', () => {
    expect(md`by ${userMention('U0ANA')}`.toString()).toBe('by <@U0ANA>');
    expect(joined([md`*a*`, md`${'<b>'}`], md` · `).toString()).toBe('*a* · &lt;b&gt;');
  });

  test('an object that looks like safe mrkdwn is not', () => {
    const forged = { toString: () => '<!channel>' };
    // @ts-expect-error: only md makes Mrkdwn
    expect(md`${forged}`.toString()).toBe('&lt;!channel&gt;');
  });
});

describe('mentions and links', () => {
  test('only ids mention', () => {
    expect(mention('user:U0ANA')?.toString()).toBe('<@U0ANA>');
    expect(mention('usergroup:S0SEC')?.toString()).toBe('<!subteam^S0SEC>');
    for (const bad of ['user:channel', 'user:U1>', 'user:', 'schedule:security', '', 'usergroup:U1', 'here'])
      expect(mention(bad)).toBeUndefined();
    expect(userMention('U1><!channel').toString()).toBe('U1&gt;&lt;!channel');
  });

  test('only https URLs without a password link', () => {
    for (const bad of ['http://a.example', 'javascript:alert(1)', 'https://user:pass@a.example', 'not a url', ''])
      expect(safeUrl(bad)).toBeUndefined();
    const url = safeUrl('https://a.example/x_y*?a=1&b=<2>|3');
    expect(url && link(url, 'a <b> | c').toString()).toBe(
      '<https://a.example/x_y*?a=1&amp;b=%3C2%3E%7C3|a &lt;b&gt; / c>',
    );
  });

  test('a link is one link, whatever its parts', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), hostile, (href, label) => {
        const url = safeUrl(href.replace('http://', 'https://'));
        if (url === undefined) return;
        const markup = markupOf(link(url, `x${label}`).toString());
        expect(markup.map((node) => node.type)).toEqual([NodeType.URL]);
      }),
    );
  });
});

describe('clip', () => {
  test('never cuts a code point, an entity or a link', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (text, max) => {
        const whole = md`${text}<@U0ANA>${text}`.toString();
        const cut = clipMrkdwn(whole, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut).not.toMatch(/&(?!(amp|lt|gt);)/);
        expect(cut.replaceAll('<@U0ANA>', '')).not.toMatch(/[<>]/);
      }),
    );
  });

  test('leaves what fits', () => {
    expect(clipMrkdwn('abc', 3)).toBe('abc');
    expect(clipMrkdwn('a&amp;b', 4)).toBe('a…');
  });
});
