"""Fields of messages to people."""

from __future__ import annotations

from streams.contracts.glossary.entry import MS, Entry

DELIVERY: dict[str, Entry] = {
    "Delivery.id": Entry("The message, the same whoever decides or sends it again.", "", "dn-8aa7ce98d695e647e85fa9e2"),
    "Delivery.kind": Entry(
        "alert: to be acted on; update: a later word on one; digest: all the rest of a day; test: a test.", "", "digest"
    ),
    "channel": Entry("The channel of the delivery file.", "", "sales"),
    "Delivery.owner": Entry("Who is told.", "", "rep-1"),
    "Delivery.at": Entry("When it was decided.", MS, 1_772_442_000_000),
    "notice": Entry("The alert; none for a digest."),
    "act_by": Entry("The day by which to act, in the owner's time zone; empty for tidying up.", "", "2026-03-02"),
    "day": Entry("The day of a digest, in the owner's time zone.", "", "2026-03-02"),
    "lines": Entry("The alerts of a digest, the most worth acting on first."),
    "omitted": Entry("How many more alerts there are than lines.", "alerts", 7),
    "sent": Entry("How many alerts were sent on the day of a digest before it.", "alerts", 5),
    "Notice.id": Entry("The alert.", "", "al-58f2c1d09a7be64310aa"),
    "Notice.status": Entry("How the alert stands.", "", "resolved"),
    "Notice.rule": Entry("The rule of the leading reason.", "", "silent"),
    "Notice.owner": Entry("Who is told: the assignee where there is one, else the deal's owner.", "", "rep-1"),
    "Notice.reasons": Entry("Why, in sentences: other reasons, evidence, and what drives the model."),
    "Notice.helps": Entry("By how much the best next event would lower the probability; none where no model speaks."),
    "Notice.what_if": Entry("The best next event, in words.", "", "a call that is taken"),
    "Notice.play": Entry("What to do about it, by name.", "", "Re-engage the buyer"),
    "Notice.by": Entry("Who did it, where a person did.", "", "ann"),
    "Line.id": Entry("The alert.", "", "al-58f2c1d09a7be64310aa"),
    "how": Entry("waited: below the budget; info: to tidy up; ended: told before, and over now.", "", "info"),
}
