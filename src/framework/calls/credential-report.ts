import * as z from 'zod';
import type { Call } from '../asks.ts';

const Generated = z.object({ State: z.string().optional() });
/** COMPLETE: there is one of the last four hours. */
export const generateCredentialReport: Call<z.output<typeof Generated>> = {
  service: 'iam',
  operation: 'GenerateCredentialReport',
  output: Generated,
};

const Report = z.object({ Content: z.instanceof(Uint8Array), GeneratedTime: z.date() });
export const getCredentialReport: Call<z.output<typeof Report>> = {
  service: 'iam',
  operation: 'GetCredentialReport',
  output: Report,
};
export type CredentialReportFile = z.output<typeof Report>;
