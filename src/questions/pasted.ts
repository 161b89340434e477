/** An address as it stands in a report or beside a port: `198[.]51[.]100[.]23`, `203.0.113.7:443`, `[2001:db8::1]:443`. */
export const pastedAddress = (written: string): string =>
  written
    .replaceAll(/\[([.:])\]/g, '$1')
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/, '$1')
    .replace(/[.,;]$/, '');

/** A name of DNS as it stands in a report or a browser: `evil[.]example`, `hxxps://evil.example/path`, `*.evil.example`. */
export const pastedName = (written: string): string =>
  written
    .replaceAll(/\[\.\]/g, '.')
    .replace(/^h(?:tt|xx)ps?:\/\/([^/:?#]+).*$/i, '$1')
    .replace(/^\*\./, '');

/** A bucket and what of it, as the S3 tools write them (`s3://bucket/prefix`), as an ARN or as a name; '' : all of it. */
export function pastedBucket(written: string): { bucket: string; key: string } {
  const [, bucket, key = ''] = /^(?:s3:\/\/|arn:aws[a-z-]*:s3:::)([^/]+)\/?(.*)$/.exec(written) ?? [];
  return bucket === undefined ? { bucket: written, key: '' } : { bucket, key };
}
