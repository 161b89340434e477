import manifest from '../package.json' with { type: 'json' };

/** What the bot gives to Node when it starts, in package.json and in the Dockerfile. */
export const nodeOptions = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));
