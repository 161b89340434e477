import { isWord } from '../../../words/text.ts';
import { type Answer, type Asking, all, ask, mapped, type Place, together } from '../../asks.ts';
import { type Analyzer, listAnalyzers } from '../../calls/access-analyzer.ts';
import type { RegionScope } from '../../check.ts';
import { administratorOf, type Estate, regionsOf } from '../../estate.ts';
import { isIdle, madeByCustomers } from '../../used.ts';

/** The analyzers that can cover an account in a region. */
export interface Analyzers {
  /** Of the organization, in the account that administers Access Analyzer. */
  organization: Answer<readonly Analyzer[]>;
  /**
   * Of the account; null where the organization's answer suffices, so the account was not asked. `unused`: nor was it where
   * the organization has none and Config's aggregator knows neither an analyzer nor anything of the company there.
   */
  own: Answer<readonly Analyzer[]> | 'unused' | null;
}

const inUse = [...madeByCustomers, 'AWS::AccessAnalyzer::Analyzer'];

/** An organization analyzer covers its members, so members are asked only where there is none. */
export function* analyzers({ estate, account, region }: RegionScope): Asking<Analyzers> {
  const administrator = administratorOf(estate, 'access-analyzer.amazonaws.com');
  const organization = yield* organizationAnalyzers(administrator, region);
  if (organization.is === 'value' && organization.value.some(coversExternal)) return { organization, own: null };
  const none = organization.is === 'value' && organization.value.length === 0;
  if (none && (yield* isIdle({ estate, account, region }, inUse))) return { organization, own: 'unused' };
  const own = yield* ask(listAnalyzers, { account: account.id, region }, { type: 'ACCOUNT' });
  return { organization, own: own.is === 'value' ? { ...own, value: own.value.analyzers } : own };
}

function* organizationAnalyzers(administrator: Answer<string>, region: string): Asking<Answer<readonly Analyzer[]>> {
  if (administrator.is !== 'value') return administrator;
  const answer = yield* ask(listAnalyzers, { account: administrator.value, region }, { type: 'ORGANIZATION' });
  return answer.is === 'value' ? { ...answer, value: answer.value.analyzers } : answer;
}

/** Analyzers of unused or internal access, and those that are off or failed, say nothing of access from outside. */
export const coversExternal = ({ type, status }: Analyzer): boolean =>
  (type === 'ORGANIZATION' || type === 'ACCOUNT') && isWord(status, 'ACTIVE');

/** An analyzer of external access, and where it is asked about. */
export interface AnalyzerPlace {
  analyzer: Analyzer;
  place: Place;
}

/**
 * The analyzers of external access that are judged with an account: the organization's with the account that administers
 * them, an account's own where they are what covers it. Empty: they are judged elsewhere, or there are none.
 */
export function* externalAnalyzers(scope: RegionScope): Asking<Answer<readonly AnalyzerPlace[]>> {
  const { estate, account, region } = scope;
  const { organization, own } = yield* analyzers(scope);
  const place = { account: account.id, region };
  const administrator = administratorOf(estate, 'access-analyzer.amazonaws.com');
  const administers = administrator.is === 'value' && administrator.value === account.id;
  if (administers && organization.is === 'unknown') return organization;
  const listed = own === 'unused' ? null : own;
  if (listed?.is === 'unknown') return listed;
  const found = [
    ...(administers && organization.is === 'value' ? organization.value : []),
    ...(listed?.is === 'value' ? listed.value : []),
  ];
  return {
    is: 'value',
    value: found.filter(coversExternal).map((analyzer) => ({ analyzer, place })),
    at: listed?.at ?? organization.at,
  };
}

/** Analyzers of a type that the administrator has for the organization, in every region; unknown where one is not known. */
export function* analyzersOfType(estate: Estate, type: string): Asking<Answer<readonly AnalyzerPlace[]>> {
  const administrator = administratorOf(estate, 'access-analyzer.amazonaws.com');
  if (administrator.is !== 'value') return administrator;
  const places = regionsOf(estate).map((region) => ({ account: administrator.value, region }));
  const answers = together(yield* all(places.map((place) => ask(listAnalyzers, place, { type }))));
  return mapped(answers, (lists) =>
    lists.flatMap(({ analyzers }, at) => {
      const place = places[at];
      return place === undefined ? [] : analyzers.map((analyzer) => ({ analyzer, place }));
    }),
  );
}
