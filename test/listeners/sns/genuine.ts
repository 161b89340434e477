import { basename } from 'node:path';
import { z } from 'zod';
import { dataFile, dataFiles } from '../../data.ts';

const Signed = z.looseObject({
  TopicArn: z.string(),
  Timestamp: z.string(),
  SigningCertURL: z.string().optional(),
  SigningCertUrl: z.string().optional(),
});

/** The messages that AWS itself signed, each with its certificate. */
export const genuine = () =>
  dataFiles('sns-signed')
    .filter((path) => path.endsWith('.json'))
    .map((path) => {
      const text = dataFile(path);
      const envelope = Signed.parse(JSON.parse(text));
      const certificatePath = new URL(envelope.SigningCertURL ?? envelope.SigningCertUrl ?? '').pathname;
      return {
        name: basename(path),
        text,
        envelope,
        topicArn: envelope.TopicArn,
        sent: new Date(envelope.Timestamp),
        certificatePath,
        pem: dataFile(`sns-signed/certs${certificatePath}`),
        /** As Lambda gets it: two field names and a null subject differ. */
        lambda: path.includes('lambda'),
      };
    });
