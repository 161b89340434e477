import type { CallRule } from '../call.ts';
import { data } from './data.ts';
import { exposure } from './exposure.ts';
import { identities } from './identities.ts';
import { machines } from './machines.ts';
import { watching } from './watching.ts';

/** All rules about what a call does, by theme. */
export const callRules: readonly CallRule[] = [...watching, ...identities, ...exposure, ...data, ...machines];
