"""Fields of plays and their runs."""

from __future__ import annotations

from streams.contracts.glossary.entry import MS, Entry

_RUN = "run-58f2c1d09a7be64310aa"

PLAYS: dict[str, Entry] = {
    "Play.id": Entry("The play.", "", "re_engage"),
    "Play.version": Entry("Rises when the play changes.", "", 1),
    "Play.title": Entry("The play's name for people.", "", "Re-engage the buyer"),
    "steps": Entry("What to do, in order."),
    "success": Entry("What shows that it worked.", "", "the buyer answers or meets"),
    "situation": Entry("The situation that it is for.", "", "The buyer has gone silent"),
    "who": Entry("Whose it is: the owner's, the manager's, or theirs whom the alert was given to.", "", "manager"),
    "Play.owner": Entry("Who that is; empty where nobody is known.", "", "rep-1"),
    "run": Entry("The run that it is about.", "", _RUN),
    "started_at": Entry("When the run began.", MS),
    "ends_at": Entry("When the run will have failed; none while it has no end.", MS),
    "followed": Entry("Whether somebody was seen to follow it."),
    "schedule": Entry("When each step is due, in their order."),
    "StepDue.due": Entry("When the step is due.", MS),
    "done": Entry("Whether it was seen to be done."),
    "over": Entry("Whether its time is over, and it was not seen to be done."),
    "withheld": Entry("The play that fits and is withheld from this deal; there is no `play` then."),
    "Withheld.play": Entry("The play that is withheld.", "", "re_engage"),
    "Withheld.version": Entry("Its version.", "", 1),
    "PlayEvent.id": Entry("What happened, the same in every replay of the same log.", "", "pl-58f2c1d09a7be64310aa"),
    "happened": Entry("What happened to the run.", "", "started"),
    "PlayEvent.play": Entry("The play.", "", "re_engage"),
    "PlayEvent.version": Entry("Its version.", "", 1),
    "PlayEvent.title": Entry("The play's name for people.", "", "Re-engage the buyer"),
    "arm": Entry("Whether the play is shown, or withheld.", "", "played"),
    "PlayEvent.alert": Entry("The alert that the run began with.", "", "al-58f2c1d09a7be64310aa"),
    "PlayEvent.owner": Entry("Who that is; empty where nobody is known.", "", "rep-1"),
    "PlayEvent.why": Entry("Why, in words.", "", "the hold is over"),
    "Watch.runs": Entry("The latest run of each play, by play, until its cool-down is over."),
    "RunState.version": Entry("The version of the play.", "", 1),
    "RunState.holdout": Entry("Whether the play is withheld from this deal."),
    "RunState.status": Entry("How the run stands.", "", "succeeded"),
    "RunState.alert": Entry("The alert that the run began with.", "", "al-58f2c1d09a7be64310aa"),
    "followed_at": Entry("When somebody was first seen to follow it.", MS),
    "RunState.done": Entry("The steps that were seen to be done, a bit each."),
    "RunState.seen": Entry("Whether an event of the success condition came."),
    "touched_at": Entry("When the seller last turned to the buyer since the start.", MS),
    "reminded_at": Entry("When a light touch was last said to be due.", MS),
    "woke": Entry("Whether the end of the hold was said."),
    "replied": Entry("Whether the buyer was heard from within 14 days of the start."),
    "calmed": Entry("Whether the reason that it began for was over before its end."),
}
