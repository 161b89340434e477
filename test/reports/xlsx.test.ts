import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { writeWorkbook } from '../../src/reports/xlsx.ts';

test('cells are text as it is, whatever it is: zeros, control numbers, formulas, marks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trailwatch-xlsx-'));
  try {
    const path = join(folder, 'a.xlsx');
    await writeWorkbook(path, [
      {
        name: 'Findings',
        header: ['account', 'cis'],
        rows: [
          ['012345678901', '1.10'],
          ['=1+1', '<&">\u0000 é _x003D_1'],
          [null, 7],
        ],
      },
      { name: 'Empty', header: ['a'], rows: [] },
    ]);
    // Python knows ZIP on its own.
    const script =
      'import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))';
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', script, path]).toString());
    const files = new Map(Object.entries(z.record(z.string(), z.string()).parse(read)));
    const sheet = files.get('xl/worksheets/sheet1.xml') ?? '';
    const cell = (text: string) => `<c t="inlineStr" s="0"><is><t xml:space="preserve">${text}</t></is></c>`;
    expect(sheet).toContain(`<row>${cell('012345678901')}${cell('1.10')}</row>`);
    expect(sheet).toContain(`<row>${cell('=1+1')}${cell('&lt;&amp;&quot;&gt;\uFFFD é _x005F_x003D_1')}</row>`);
    expect(sheet).toContain('<row><c/><c><v>7</v></c></row>');
    expect(sheet).not.toContain('<f>');
    expect([...files.keys()]).toContain('xl/worksheets/sheet2.xml');
    expect(files.get('xl/workbook.xml')).toContain('<sheet name="Empty" sheetId="2" r:id="rId2"/>');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
