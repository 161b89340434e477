import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';

/** Reading is for the management account and its delegated administrators. */
export function requireAdministrator({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount && account !== organization.homeAccount)
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
}

/** Writing is for the management account alone. */
export function requireManagement({ account, organization }: Call<unknown>): void {
  if (account !== organization.managementAccount)
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
}

const invalidToken = new AwsError('InvalidInputException', 'You specified an invalid value for nextToken.');

/** One page. The second one is always empty and has a token: the API reference tells callers to expect that. */
export function listed<T>(
  { input }: Call<{ NextToken?: string | undefined; MaxResults?: number | undefined }>,
  all: readonly T[],
): { items: readonly T[]; next: string | undefined } {
  const { NextToken: token, MaxResults: size = 20, ...request } = input;
  const pages = [all.slice(0, size), []];
  for (let start = size; start < all.length; start += size) pages.push(all.slice(start, start + size));
  const { items, next } = pageOf(pages, { token, size: 1, request, refusal: invalidToken });
  return { items: items[0] ?? [], next };
}
