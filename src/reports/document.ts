import type { FileEntry } from './manifest.ts';

/** A table of a report. Text only, already put into words; it may come from AWS: the writer makes it harmless. */
export interface Table {
  columns: readonly {
    /** Where no column has one, the table has no head. */
    title: string;
    /** Share of the width, against the other columns. */
    share: number;
    /** `severity` puts the colour in front of the word; `mono` is for hashes, ids and calls. */
    kind?: 'text' | 'number' | 'mono' | 'severity';
  }[];
  rows: readonly (readonly string[])[];
  /** What stands in place of no rows at all. */
  empty: string;
}

export interface Section {
  title: string;
  paragraphs: readonly string[];
  /** A PNG, how high it is for its width, and its words; drawn before the tables. */
  picture?: { png: Uint8Array; ratio: number; alt: string };
  tables: readonly { title: string | null; table: Table }[];
}

/** A report for people to read, sign and keep: what every digest fills in and `writePdf` draws. */
export interface ReportDocument {
  title: string;
  organization: string;
  /** What time it speaks of, in words: "As of 2026-11-23 08:00 UTC", or from when to when something was counted. */
  covers: string;
  /** Which run made it, in words: its number, its edition, when it was asked for and by whom. */
  origin: string;
  /** When the files were made. Also the file's own creation date: the same document gives the same bytes. */
  createdAt: Date;
  /** What a manager has to know, in one or two sentences. */
  headline: string;
  /** Up to four numbers for the cover; `change` is how they moved, in words. */
  figures: readonly { label: string; value: string; change: string | null }[];
  /** A PNG of 2:1, and its words. */
  chart: { png: Uint8Array; alt: string } | null;
  /** What was looked at and what was not: one sentence, and a row for each account with its report's time. */
  coverage: { sentence: string; table: Table };
  /** How it was made, so that somebody else can do it again: each call to AWS with its parameters. */
  method: { paragraphs: readonly string[]; calls: readonly { call: string; parameters: string; purpose: string }[] };
  sections: readonly Section[];
  /** Accepted risks and their approval, and those that do not count. */
  exceptions: { paragraphs: readonly string[]; table: Table };
  /** The other files of the report. This one's own hash is in the manifest. */
  files: readonly Pick<FileEntry, 'name' | 'bytes' | 'sha256'>[];
  /** null: lines are left for a pen. */
  signOff: { reviewer: string; at: Date } | null;
  /** The programs that made it, by name. */
  versions: Readonly<Record<string, string>>;
}

/** `2026-11-23 08:00` in UTC. */
export const minute = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ');
