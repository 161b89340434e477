/** What an alert turned out to be, as whoever resolved it says: it is counted, and nothing else follows from it. */
export const resolutions = ['real', 'false alarm', 'expected', 'test'] as const;

export type Resolution = (typeof resolutions)[number];

export const isResolution = (text: string | undefined): text is Resolution =>
  resolutions.some((known) => known === text);
