/** One thing that must work for the bot to be of use, and what is wrong with it (undefined: nothing). */
export type Check = { name: string; trouble: () => Promise<string | undefined> };

const patience = 3000;

/** Returns what is wrong by now; a check that takes too long is a trouble of its own. */
export async function troublesOf(checks: readonly Check[]): Promise<{ name: string; trouble: string }[]> {
  const found = await Promise.all(
    checks.map(async ({ name, trouble }) => {
      const slow = new Promise<string>((resolve) =>
        setTimeout(() => resolve(`no answer within ${patience / 1000} s`), patience).unref(),
      );
      const what = await Promise.race([trouble().catch((error: unknown) => String(error)), slow]);
      return what === undefined ? [] : [{ name, trouble: what }];
    }),
  );
  return found.flat();
}
