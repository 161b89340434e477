import type { Row } from './verdict.ts';

/** What a value must look like to stand in a command that somebody will paste: anything else is left for them to fill in. */
const harmless = /^[\w:/.@+=,-]+$/;

/** A fix with the place of a result filled in. Names come from AWS and may be hostile: what a shell would read is left out. */
export function fixOf(
  fix: string,
  { account, region, resource }: Pick<Row, 'account' | 'region' | 'resource'>,
): string {
  const values: Readonly<Record<string, string | null>> = { account, region, resource };
  return fix.replaceAll(/\{(account|region|resource|name)\}/g, (whole, name: string) => {
    const value = name === 'name' ? nameOf(resource) : values[name];
    return value != null && harmless.test(value) ? value : `<${whole.slice(1, -1)}>`;
  });
}

/** The last part of an ARN, as commands want it: `trail/org-trail` → `org-trail`. */
const nameOf = (resource: string | null): string | null => resource?.split(/[:/]/).at(-1) ?? null;
