import { expect, test } from 'vitest';
import { gradeIn, gradeOf } from '../../../src/alerts/sources/grade.ts';

test.each([
  ['[info] batch finished late', undefined, 'info'],
  ['payments [CRITICAL]', undefined, 'critical'],
  ['orders lag (sev2)', undefined, 'high'],
  ['P3 - queue depth', undefined, 'medium'],
  ['disk-warning', undefined, 'low'],
  ['critical-db-cpu', undefined, 'critical'],
  ['CriticalErrors', undefined, 'critical'],
  ['emergency: database down', undefined, 'critical'],
  ['severity=high orders lag', undefined, 'high'],
  ['orders lag', 'Severity: Low', 'low'],
  ['orders lag', 'Low urgency. No need to page anybody.', 'low'],
  ['orders lag', 'Critical: call the team.', 'critical'],
  ['critical-path-renderer-warning', undefined, 'low'],
  // Names of services, and what people write.
  ['info-api-5xx', undefined, undefined],
  ['notice-board-latency', undefined, undefined],
  ['warning-mailer-errors', undefined, undefined],
  ['low-latency-cache errors', undefined, undefined],
  ['page-views-drop', undefined, undefined],
  ['api-5xx', 'Errors of the API. More info in the runbook.', undefined],
  ['api-5xx', 'Warning! This pages the on-call.', undefined],
  ['api-5xx', 'Low priority? No, this wakes people.', undefined],
  // Grades that are denied.
  ['non-critical-batch', undefined, undefined],
  ['not-urgent-cleanup', undefined, undefined],
  ['reports-late', 'Not critical: look at it in the morning.', undefined],
  ['reports-late', 'This is not a critical alarm.', undefined],
])('"%s", described as "%s", is graded %s', (name, description, grade) => {
  expect(gradeIn(name, description)).toBe(grade);
});

test.each([
  ['page', 'high'],
  ['Warning', 'low'],
  ['P1', 'critical'],
  ['SEV-2', 'high'],
  ['purple', undefined],
])('the label "%s" grades as %s', (label, grade) => {
  expect(gradeOf(label)).toBe(grade);
});
