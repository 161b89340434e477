import * as z from 'zod';
import type { PagePosts } from '../page-api.ts';

const Answer = z.union([
  z.object({ ok: z.literal(true), said: z.string().optional() }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/** Posts to the sandbox's server. Returns undefined when all went well, else one sentence for the person at the page. */
export async function post<Path extends keyof PagePosts>(
  path: Path,
  body: PagePosts[Path],
): Promise<string | undefined> {
  return (await ask(path, body)).problem;
}

/** Posts to the sandbox's server: what it said, or one sentence for the person at the page. */
export async function ask<Path extends keyof PagePosts>(
  path: Path,
  body: PagePosts[Path],
): Promise<{ said?: string | undefined; problem?: string }> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = Answer.safeParse(await response.json().catch(() => undefined));
    if (!answer.success)
      return { problem: `The sandbox answered HTTP ${response.status}, which the page does not understand.` };
    return answer.data.ok ? { said: answer.data.said } : { problem: answer.data.error };
  } catch {
    return { problem: 'The sandbox does not answer: is it still running?' };
  }
}
