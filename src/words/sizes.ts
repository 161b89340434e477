/** US dollars for people: `less than $0.01`, `about $1.20`. */
export const costWords = (dollars: number): string =>
  dollars < 0.01 ? 'less than $0.01' : `about $${dollars.toFixed(2)}`;

/** Bytes for people: `0`, `12 KB`, `3 MB`, `1.4 GB`. */
export const sizeWords = (bytes: number): string =>
  bytes < 1024 ** 2
    ? `${Math.ceil(bytes / 1024)} KB`
    : bytes < 1024 ** 3
      ? `${Math.ceil(bytes / 1024 ** 2)} MB`
      : `${(bytes / 1024 ** 3).toFixed(1)} GB`;
