import type { App, BlockAction } from '@slack/bolt';
import { Refused } from '../acts/act.ts';
import { lookInto } from '../acts/alerts.ts';
import { createReports } from '../acts/assessment-reports.ts';
import { sendCaseFiles } from '../acts/case-files.ts';
import { sendHeatMap } from '../acts/framework.ts';
import { decide, finishTask } from '../acts/reviews.ts';
import { mustHave } from '../acts/rights.ts';
import { askRunAgain } from '../acts/runs.ts';
import { endSilence } from '../acts/silences.ts';
import { sendStatsFiles } from '../acts/stats.ts';
import { endWatch } from '../acts/watches.ts';
import { caseFilesSent, caseFor } from '../commands/case.ts';
import type { Parts } from '../parts.ts';
import { actionIds, type IdOf } from '../slack/views/action-ids.ts';
import { accountsAskedAgain } from '../slack/views/digest-history.ts';
import { digestIds } from '../slack/views/digest-ids.ts';
import { readValue } from '../slack/views/oncall-values.ts';
import { questionIds } from '../slack/views/question-ids.ts';
import { StatsValue } from '../slack/views/stats.ts';
import { ownValue } from '../words/json.ts';
import {
  acknowledgeAll,
  actOnList,
  alertOf,
  assignListed,
  listOfStorm,
  onAlert,
  onOffer,
  onStorm,
  openAlert,
  openForm,
  openResolve,
  silenceListed,
  turnAlertList,
  unacknowledge,
} from './alert-buttons.ts';
import { acknowledgeAfter } from './answered.ts';
import { openVouch, sayNotMe } from './asked-buttons.ts';
import { openItemForm, openReview, showDigestList, turnDigestList } from './digest-buttons.ts';
import { countAgain } from './forms.ts';
import {
  acknowledgeIncident,
  escalateIncident,
  exportIncident,
  listOfIncident,
  openIncident,
  openResolveIncident,
  openSplit,
  unacknowledgeIncident,
} from './incident-buttons.ts';
import {
  coverShift,
  endFeed,
  endOverride,
  heardReach,
  keepShifts,
  newFeed,
  openOverride,
  openReach,
  openSwap,
  picture,
  swapShifts,
  takeCover,
  takeShift,
  tryReach,
} from './oncall-buttons.ts';
import { numberIn, outOfDate, type Press, readPress, unsure } from './press.ts';
import {
  ask,
  askAgain,
  begin,
  cancel,
  files,
  follow,
  frameworkShare,
  openAddToCase,
  pivot,
  share,
  tableFiles,
  tableShare,
} from './question-buttons.ts';

/** Every button and menu that our views draw. The ⋯ menu itself is none of them: a press names what was chosen in it. */
type ButtonId =
  | Exclude<IdOf<typeof actionIds>, typeof actionIds.more>
  | IdOf<typeof digestIds>
  | IdOf<typeof questionIds>;

/** Carries out a press. Returns the sentence that only the person sees, if there is one to say. @throws Refused */
type Button = (parts: Parts, press: Press) => Promise<string | undefined>;

/** Whoever may not see alerts may press none of them; each asks for the further right that it needs. */
export const buttons: Readonly<Record<ButtonId, Button>> = {
  [actionIds.acknowledge]: onAlert({ kind: 'acknowledge' }),
  [actionIds.unacknowledge]: unacknowledge,
  [actionIds.resolve]: openResolve,
  [actionIds.reopen]: onAlert({ kind: 'reopen' }),
  [actionIds.wake]: onAlert({ kind: 'wake' }),
  [actionIds.hold]: onAlert({ kind: 'hold' }),
  [actionIds.offerAccept]: onOffer(true),
  [actionIds.offerDecline]: onOffer(false),
  [actionIds.expected]: openForm('expected'),
  [actionIds.snooze]: openForm('snooze'),
  [actionIds.escalate]: openForm('escalate'),
  [actionIds.assign]: openForm('assign'),
  [actionIds.silence]: openForm('silence'),
  [actionIds.details]: openForm('details'),
  [actionIds.open]: openAlert,
  [actionIds.triage]: (parts, press) => quiet(lookInto(parts, press.person, alertOf(press), press.seen)),
  [actionIds.askYes]: openVouch,
  [actionIds.askNo]: sayNotMe,
  [actionIds.link]: async () => undefined,

  [actionIds.listSeverity]: turnAlertList(actionIds.listSeverity),
  [actionIds.listState]: turnAlertList(actionIds.listState),
  [actionIds.listNext]: turnAlertList(actionIds.listNext),
  [actionIds.listPrevious]: turnAlertList(actionIds.listPrevious),

  [actionIds.listAcknowledge]: actOnList('acknowledge'),
  [actionIds.listResolve]: actOnList('resolve'),
  [actionIds.listAssign]: assignListed,
  [actionIds.listSilence]: silenceListed,

  [actionIds.bundleAcknowledge]: acknowledgeAll,

  [actionIds.stormOpenList]: listOfStorm,
  [actionIds.stormAcknowledge]: onStorm('acknowledge'),
  [actionIds.stormResolve]: onStorm('resolve'),

  [actionIds.incidentAcknowledge]: acknowledgeIncident,
  [actionIds.incidentResolve]: openResolveIncident,
  [actionIds.incidentUnacknowledge]: unacknowledgeIncident,
  [actionIds.incidentEscalate]: escalateIncident,
  [actionIds.incidentSplit]: openSplit,
  [actionIds.incidentList]: listOfIncident,
  [actionIds.incidentOpen]: openIncident,
  [actionIds.incidentExport]: exportIncident,

  [actionIds.silencePreview]: countAgain,
  [actionIds.silenceEnd]: async (parts, press) => {
    await endSilence(parts, press.person, numberIn(press), press.seen);
    return 'Silence ended: alerts of this kind are posted again.';
  },

  [actionIds.watchEnd]: async (parts, press) => {
    await endWatch(parts, press.person, numberIn(press), press.seen);
    return 'The watch is over: you hear of it no more.';
  },

  [actionIds.caseExport]: async (parts, press) => {
    await sendCaseFiles(parts, press.person, await caseFor(parts, press.person, numberIn(press)));
    return caseFilesSent;
  },

  [actionIds.statsFiles]: async (parts, press) => {
    const asked = readValue(StatsValue, press.value);
    if (asked === undefined) throw new Refused('This button is out of date: type /audit stats.');
    await sendStatsFiles(parts, press.person, asked);
    return 'The files are in your direct messages with Trailwatch.';
  },

  [actionIds.oncallTake]: takeShift,
  [actionIds.oncallCover]: coverShift,
  [actionIds.oncallOverride]: openOverride,
  [actionIds.oncallPicture]: picture,
  [actionIds.oncallSwap]: openSwap,
  [actionIds.oncallCoverTake]: takeCover,
  [actionIds.oncallSwapTake]: swapShifts,
  [actionIds.oncallSwapRefuse]: keepShifts,
  [actionIds.oncallEnd]: endOverride,
  [actionIds.oncallFeedNew]: newFeed,
  [actionIds.oncallFeedRevoke]: endFeed,
  [actionIds.reach]: openReach,
  [actionIds.reachTry]: tryReach,
  [actionIds.reachHeard]: heardReach,

  [digestIds.item]: openItemForm,
  [digestIds.list]: showDigestList,
  [digestIds.turn]: turnDigestList,
  [digestIds.turnBack]: turnDigestList,
  [digestIds.review]: openReview,
  [digestIds.again]: async (parts, press) =>
    accountsAskedAgain(await askRunAgain(parts, press.person, numberIn(press), null)),
  [digestIds.createReport]: (parts, press) => createReports(parts, press.person, numberIn(press)),
  [digestIds.taskDone]: async (parts, press) => {
    await finishTask(parts, press.person, numberIn(press));
    return 'Done. The next digest says whether the finding is gone.';
  },
  [digestIds.approve]: async (parts, press) => {
    await decide(parts, press.person, numberIn(press), true);
    return 'Approved: from the next run on the finding is listed as accepted.';
  },
  [digestIds.refuse]: async (parts, press) => {
    await decide(parts, press.person, numberIn(press), false);
    return 'Refused: the finding counts as before.';
  },

  [questionIds.line]: ask,
  [questionIds.heatMap]: async (parts, press) => {
    await sendHeatMap(parts, press.person, numberIn(press));
    return 'The picture is in your direct messages with Trailwatch.';
  },
  [questionIds.go]: begin,
  [questionIds.cancel]: cancel,
  [questionIds.update]: follow,
  [questionIds.share]: share,
  [questionIds.files]: files,
  [questionIds.again]: askAgain,
  [questionIds.addToCase]: openAddToCase,
  [questionIds.tableShare]: tableShare,
  [questionIds.frameworkShare]: frameworkShare,
  [questionIds.tableFiles]: tableFiles,
  [questionIds.pivot]: pivot,
  [questionIds.pivotMore]: pivot,
};

/** An act that says nothing: what it did is seen in the channel. */
const quiet = async (act: Promise<void>): Promise<undefined> => {
  await act;
};

/** Buttons and menus. Whatever is wrong is shown to the person who pressed, and to nobody else. */
export function registerActions(app: App, parts: Parts): void {
  app.action<BlockAction>({ type: 'block_actions' }, async ({ ack, action, body }) => {
    const press = readPress(parts.slack, action, body);
    await acknowledgeAfter(
      pressed(parts, press).catch((error: unknown) =>
        parts.log.error({ err: error, action: action.action_id }, 'A press could not be answered.'),
      ),
      () => ack(),
    );
  });
}

async function pressed(parts: Parts, press: Press): Promise<void> {
  try {
    // Whoever is asked whether it was them may answer, and sees no more than that.
    if (press.id !== actionIds.askYes && press.id !== actionIds.askNo)
      await mustHave(parts, 'see', press.person, `button ${press.id}`);
    const said = await buttonOf(press.id)(parts, press);
    if (said !== undefined) await press.tell(said);
  } catch (error) {
    if (error instanceof Refused) return press.tell(error.message);
    parts.log.error({ err: error, action: press.id }, 'A press could not be carried out.');
    // It may have been done before something failed that only shows it.
    await press.tell(unsure);
  }
}

/** Where a message has several of one button, a number stands behind its id. */
function buttonOf(id: string): Button {
  return (
    ownValue<Button>(buttons, id.replace(/:\d+$/, '')) ??
    (async ({ log }) => {
      log.warn({ action: id }, 'An unknown button was pressed.');
      return outOfDate;
    })
  );
}
