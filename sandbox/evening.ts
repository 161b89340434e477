import { leakedKey } from './scenario.ts';
import type { Slack } from './slack/index.ts';
import { Channel, Person } from './slack/people.ts';

/** A part of the evening: what it says, where to look, and what is done; fulfilled when the bot did its part. */
interface Scene {
  caption: string;
  channel: string;
  act: () => Promise<unknown>;
}

interface Stage {
  slack: Slack;
  publish: (message: unknown) => void;
  now: () => Date;
  /** Waits until a caption was read. */
  pause: () => Promise<void>;
}

/**
 * An evening with captions: an attack becomes one incident, is looked into, taken and resolved, and the week's evidence is made.
 * People press and type; what comes of it is the bot's. Stops at the first part that the bot does not do.
 */
export async function playEvening({ slack, publish, now, pause }: Stage): Promise<void> {
  const [security, audit] = [new Channel(slack, 'C0SEC'), new Channel(slack, 'C0AUDIT')];
  const [ana, ben] = [new Person(slack, 'ana'), new Person(slack, 'ben')];
  const incident = () => security.expectMessage(/Incident \d+, \d+ alerts/);
  const scenes: Scene[] = [
    {
      caption: 'The access key of deploy-bot is leaked and used. AWS tells it in seven messages.',
      channel: 'C0SEC',
      act: async () => {
        // The alarm at the end names nobody: it is no part of this.
        for (const { message } of leakedKey.slice(0, -1)) publish(message(now()));
        await security.expectUpdate(await incident(), /7 alerts/);
      },
    },
    {
      caption: 'Trailwatch makes one incident of them, because they share the key: one message, one call, one owner.',
      channel: 'C0SEC',
      act: async () => security.expectReply(await incident(), /./),
    },
    {
      caption: 'It has looked into who is behind it, and what they did before: the answer is in the thread.',
      channel: 'C0SEC',
      act: async () => {
        await ben.press(await incident(), 'Acknowledge');
        await security.expectUpdate(await incident(), /👀/);
      },
    },
    {
      caption: 'Ben has acknowledged: all seven are his, and nobody is called any more. Ana asks who holds the key.',
      channel: 'C0SEC',
      act: async () => {
        await ana.type('/audit who AKIAIOSFODNN7EXAMPLE', 'C0SEC');
        await ana.expectEphemeral(/deploy-bot/);
      },
    },
    {
      caption: 'Only Ana sees the answer, and it says what it could not see. Ben switches the key off and resolves.',
      channel: 'C0SEC',
      act: async () => {
        await ben.press(await incident(), 'Resolve');
        await (await ben.expectModal(/Resolve incident/)).submit({
          as: { selected_option: { value: 'real' } },
          text: { value: 'Key deleted, trail started again' },
        });
        await security.expectUpdate(await incident(), /Resolved/);
      },
    },
    {
      caption: 'The week’s evidence comes to #audit each Monday. Ana asks for the credential report now.',
      channel: 'C0AUDIT',
      act: async () => {
        await ana.type('/audit report now credential-report', 'C0AUDIT');
        await audit.expectMessage(/credential/i);
      },
    },
    {
      caption: 'That was an evening. /audit incident export 1 keeps it as files, /audit framework says what stands.',
      channel: 'C0AUDIT',
      act: async () => undefined,
    },
  ];
  for (const [index, { caption, channel, act }] of scenes.entries()) {
    slack.caption({ step: index + 1, of: scenes.length, text: caption, channel });
    await act();
    await pause();
  }
}
