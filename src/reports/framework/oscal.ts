import type { About } from '../../framework/check.ts';
import type { Counts } from '../../framework/standing.ts';
import type { ReportedResult } from './result.ts';
import { observationId, uuidOf } from './uuid.ts';

/** What the file says of the run. */
export interface OscalRun {
  run: number;
  organization: string;
  /** ISO 8601, UTC. */
  from: string;
  to: string;
  version: string;
}

/** Of a check: what there is of it in the file. */
export interface OscalCheck {
  step: number;
  about: About;
  counts: Counts;
}

/** Words in which OSCAL wants no space. Source: OSCAL, "TokenDatatype". */
const token = (text: string): string => text.replace(/[^\p{L}\p{N}.\-_]/gu, '-').replace(/^[^\p{L}_]/u, '_$&');

/** Property values hold no line break and begin and end without a space. Source: OSCAL, "StringDatatype". */
const line = (text: string): string => text.replace(/\s+/g, ' ').trim() || '-';

const prop = (name: string, value: string | number): object => ({
  name: token(name),
  ns: 'urn:trailwatch:framework',
  value: line(String(value)),
});

/** What stands before the observations of OSCAL assessment results 1.1, up to and with their opening bracket. */
export function oscalStart(
  { run, organization, from, to, version }: OscalRun,
  checks: readonly Omit<OscalCheck, 'counts'>[],
): string {
  const about = {
    uuid: uuidOf(`run ${run}`),
    metadata: {
      title: `Sixteen steps of AWS activity monitoring: ${line(organization)}`,
      'last-modified': to,
      version,
      'oscal-version': '1.1.2',
    },
    // How it was assessed stands in the report beside it.
    'import-ap': { href: 'report.pdf' },
  };
  const result = {
    uuid: uuidOf(`result ${run}`),
    title: `Run ${run}`,
    description: 'Each check is asked of AWS with a role that can only read. What could not be asked is no pass.',
    start: from,
    end: to,
    'reviewed-controls': {
      'control-selections': [{ 'include-controls': checks.map(({ about: { id } }) => ({ 'control-id': token(id) })) }],
    },
  };
  return `{"assessment-results":${JSON.stringify(about).slice(0, -1)},"results":[${JSON.stringify(result).slice(0, -1)},"observations":[`;
}

/**
 * An observation: a result that fails or is not known, with its place. What passes is counted in one observation of each
 * check (oscalEnd); results.json has each of them.
 */
export function oscalObservation({ row, about, change }: ReportedResult): object {
  return {
    uuid: observationId(row),
    title: line(about.title),
    description: line(row.reason),
    methods: ['TEST'],
    types: ['finding'],
    props: [
      prop('step', row.step),
      prop('check', row.check),
      prop('account', row.account),
      prop('region', row.region),
      ...(row.resource === null ? [] : [prop('resource', row.resource)]),
      prop('verdict', row.verdict),
      prop('severity', row.severity),
      ...(row.unknown === null ? [] : [prop('unknown-reason', row.unknown)]),
      ...(change === null ? [] : [prop('change', change.kind)]),
    ],
    collected: row.askedAt,
  };
}

/** What stands behind the observations: what passes of each check, and a finding for each. */
export function oscalEnd(
  { run, to }: OscalRun,
  checks: readonly OscalCheck[],
  observed: ReadonlyMap<string, readonly string[]>,
  any: boolean,
): string {
  const sums = checks.map(({ step, about, counts }) => ({
    uuid: uuidOf(`sum ${run} ${about.id}`),
    title: line(about.title),
    description: `${counts.proven} proven, ${counts.configured} configured, ${counts.failed} failed, ${counts.unknown} unknown, ${counts.notApplicable} not applicable.`,
    methods: ['TEST'],
    types: ['control-objective'],
    props: [prop('step', step), prop('check', about.id), ...Object.entries(counts).map(([name, n]) => prop(name, n))],
    collected: to,
  }));
  const findings = checks.map(({ about, counts }) => ({
    uuid: uuidOf(`finding ${run} ${about.id}`),
    title: line(about.title),
    description: line(about.why),
    target: {
      type: 'objective-id',
      'target-id': token(about.id),
      description: line(about.passes),
      status: {
        // What is not known is not satisfied.
        state:
          counts.failed + counts.unknown === 0 && counts.proven + counts.configured > 0 ? 'satisfied' : 'not-satisfied',
        reason: counts.failed > 0 ? 'fail' : counts.unknown > 0 ? 'other' : 'pass',
      },
    },
    'related-observations': [uuidOf(`sum ${run} ${about.id}`), ...(observed.get(about.id) ?? [])].map((uuid) => ({
      'observation-uuid': uuid,
    })),
  }));
  const rest = sums.map((sum) => JSON.stringify(sum)).join(',\n');
  return `${any && rest !== '' ? ',\n' : ''}${rest}],"findings":${JSON.stringify(findings)}}]}}\n`;
}
