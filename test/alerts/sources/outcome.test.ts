import { expect, test } from 'vitest';
import {
  alertStateOf,
  lastingName,
  lastingTitle,
  outcomeOf,
  predicate,
  tellsOfFailure,
} from '../../../src/alerts/sources/outcome.ts';

test.each([
  ['UPDATE_COMPLETE', 'succeeded'],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'going'],
  ['UPDATE_ROLLBACK_COMPLETE', 'failed'],
  ['SERVICE_STEADY_STATE', 'succeeded'],
  ['SERVICE_TASK_PLACEMENT_FAILURE', 'failed'],
  ['CompletedWithWarnings', 'flawed'],
  ['NOT_STALLED', 'succeeded'],
  ['NON_COMPLIANT', 'failed'],
  ['not_compliant', 'failed'],
  ['unresolved', 'going'],
  ['Cancelled', 'stopped'],
  ['RUNNING', 'going'],
])('the state %s has %s', (state, outcome) => {
  expect(outcomeOf(state)).toBe(outcome);
});

test.each([
  ['FIRING', 'on'],
  ['alerting', 'on'],
  ['SET', 'on'],
  ['ACTIVE', 'on'],
  ['in progress', 'on'],
  ['VPN-CONNECTION-DOWN', 'on'],
  ['incident.resolved', 'over'],
  ['CLEARED', 'over'],
  ['CRIT', 'on'],
  ['Impaired', 'on'],
  ['Recovered', 'over'],
  ['back to normal', 'over'],
  ['OK', 'over'],
  ['scale down', undefined],
  ['purple', undefined],
])('an alert that says "%s" is %s', (state, is) => {
  expect(alertStateOf(state)).toBe(is);
});

test.each([
  ['[FIRING:2] QueueAge', 'QueueAge'],
  ['[RESOLVED] QueueAge', 'QueueAge'],
  ['Problem: Disk full on db1', 'Disk full on db1'],
  ['Monitor is DOWN: shop', 'Monitor: shop'],
  ['** RECOVERY Service Alert: web01/HTTP is OK **', 'Service Alert: web01/HTTP'],
  ['DOWN | nightly dump', 'nightly dump'],
  ['[PRTG] Ping (fw1) Up', '[PRTG] Ping (fw1)'],
  ['Nightly import', 'Nightly import'],
  ['The shop: a new design', 'The shop: a new design'],
])('of "%s" lasts "%s"', (title, stem) => {
  expect(lastingTitle(title).stem).toBe(stem);
});

test.each([
  ['Autoshift In Progress', 'Autoshift'],
  ['Autoshift Completed', 'Autoshift'],
  ['DevOps Guru New Insight Open', 'DevOps Guru Insight'],
  ['MediaLive Channel Alert', 'MediaLive Channel Alert'],
])('of the event "%s" lasts "%s"', (name, stem) => {
  expect(lastingName(name).stem).toBe(stem);
});

test('a success may tell of a failure', () => {
  expect(tellsOfFailure('Windows VSS Backup attempt failed because of timeout')).toBe(true);
  expect(tellsOfFailure('1200 rows, 0 errors, no warnings')).toBe(false);
});

test.each([
  ['UPDATE_ROLLBACK_COMPLETE', '', 'finished its update rollback'],
  ['CREATE_FAILED', '', 'failed its creation'],
  ['SERVICE_DEPLOYMENT_FAILED', 'Deployment of ECS service cart', 'failed'],
  ['SERVICE_STEADY_STATE', 'ECS service cart', 'is in a steady state'],
])('%s is said of "%s" as "%s"', (state, about, said) => {
  expect(predicate(state, about)).toBe(said);
});
