import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** An empty database of the test's own on a server. */
export async function freshDatabase(
  url: string,
): Promise<{ name: string; databaseUrl: string; drop: () => Promise<void> }> {
  const name = `trailwatch_${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database ${name}`);
  const databaseUrl = new URL(url);
  databaseUrl.pathname = name;
  return { name, databaseUrl: databaseUrl.href, drop: () => onServer(url, `drop database ${name} with (force)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
