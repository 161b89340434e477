import type { Call } from '../asks.ts';
import { getPublicAccessBlock, type PublicAccessBlock } from './s3.ts';

/** Of a whole account; it counts for each of its buckets. */
export const getAccountPublicAccessBlock: Call<PublicAccessBlock> = { ...getPublicAccessBlock, service: 's3Control' };
