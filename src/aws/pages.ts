/**
 * The pages of a list. An empty page with a token is no end; a token that comes again would go round for ever.
 * @throws Error when AWS gives the same token twice
 */
export async function* pages<Item>(
  ask: (token: string | undefined) => Promise<{ items: readonly Item[]; next: string | undefined }>,
): AsyncGenerator<readonly Item[], void> {
  const seen = new Set<string>();
  for (let token: string | undefined; ; ) {
    const { items, next } = await ask(token);
    yield items;
    if (next === undefined || next === '') return;
    if (seen.has(next)) throw new Error('AWS gave the same page twice, so the list has no end');
    seen.add(next);
    token = next;
  }
}

/** All items of a list that is short enough for memory. */
export async function allOf<Item>(...[ask]: Parameters<typeof pages<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const items of pages(ask)) all.push(...items);
  return all;
}
