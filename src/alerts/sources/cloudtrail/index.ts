import type { Source } from '../../source.ts';
import { generic } from '../generic.ts';

export const cloudtrail: Source = { name: 'cloudtrail', matches: () => false, read: generic.read };
