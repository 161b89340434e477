/** The five names of severity, worst first. They are the same in config, store, Slack and files. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

export type Severity = (typeof severities)[number];

/** 0 for critical … 4 for info: a smaller rank is worse. */
export const severityRank = (severity: Severity): number => severities.indexOf(severity);

/** The worse of two severities. */
export const worse = (a: Severity, b: Severity): Severity => (severityRank(a) <= severityRank(b) ? a : b);
