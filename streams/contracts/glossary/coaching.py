"""Fields of the matrix and of the sheets on `deal.coaching`."""

from __future__ import annotations

from streams.contracts.glossary.entry import MS, SHARE, SPAN, Entry

_DEALS = "deals"
_WORDS = Entry("The same in words.", "", "14 of 20 deals had a next step at each review")
_PART = Entry("What was counted, in words.", "", "stages of closed deals")
_TEAM = Entry("The team.", "", "emea")
_QUARTER = Entry("The latest quarter that is told of.", "", "FY2026-Q1")
_AS_OF = Entry("As of when it is, in event time.", MS)
_INDEX = "a share, 0 to 1, but for variability"

_MATRIX: dict[str, Entry] = {
    "MatrixTold.at": _AS_OF,
    "MatrixTold.matrix": Entry("The matrix."),
    "MatrixTold.accounts_left_out": Entry("Accounts with fewer deals, which are not listed.", "accounts", 12),
    "Matrix.as_of": _AS_OF,
    "Sheet.as_of": _AS_OF,
    "Matrix.quarter": _QUARTER,
    "Standing.quarter": _QUARTER,
    "Matrix.rows": Entry("The teams."),
    "Matrix.accounts": Entry("The accounts with the most deals."),
    "Row.team": _TEAM,
    "Standing.team": _TEAM,
    "Row.process": Entry("How the team works."),
    "Row.accounts": Entry("", "accounts", {"trusted partner": 3}),
    "Row.performance": Entry("1 in the lower left of the matrix to 3 in the upper right; none: not known.", "", 2),
    "Row.outcomes": Entry("How the team's deals ended."),
    "Outcomes.won": Entry("Won.", _DEALS, 9),
    "Outcomes.lost": Entry("Lost.", _DEALS, 12),
    "Failed.needed": Entry("", "", 3),
    "Outcomes.no_decision": Entry("Ended without a decision.", _DEALS, 4),
    "Row.movement": Entry("", "", [["FY2025-Q4", "informal"], ["FY2026-Q1", "formal"]]),
    "Standing.closed": Entry("Closed deals of the window.", _DEALS, 25),
    "Standing.level": Entry("The level of the process; none where there is too little to say.", "", "formal"),
    "Standing.indices": Entry("The indices that it rests on."),
    "Index.name": Entry("Which index.", "", "conformance"),
    "Index.value": Entry("What it comes to; none where there is too little to say.", _INDEX, 0.72),
    "Index.of": Entry("", "", 25),
    "Index.counted": _PART,
    "Indicator.counted": _PART,
    **{f"{each}.words": _WORDS for each in ("Index", "Indicator", "Standing", "Failed", "AccountStanding", "Lacking")},
    "Index.deals": Entry("", "", ["opp-7"]),
    "Index.parts": Entry("", "", {"skipped": 0.1}),
    "Standing.changes": Entry("What was changed of the process itself."),
    "Change.at": Entry("When it was changed.", MS),
    "Change.what": Entry("What was changed, in words.", "", "rules of team emea"),
    "Failed.gate": Entry("What is asked for."),
    "Gate.level": Entry("The level that asks for it.", "", "formal"),
    "Gate.of": Entry("Of which index, or of changes of the process.", "", "cadence"),
    "Gate.least": Entry("At least so much of it.", "", 0.75),
    "Failed.value": Entry("What there is of it; none: not known.", "", 0.6),
    "Standing.reps": Entry("The team's reps."),
    "RepIndices.rep": Entry("The rep.", "", "rep-1"),
    "RepIndices.closed": Entry("Closed deals of the rep.", _DEALS, 6),
    "RepIndices.values": Entry("Each index, pulled towards the team's by n / (n + 20).", _INDEX, {"cadence": 0.7}),
    "AccountStanding.level": Entry("How we stand with it; none: too little to say.", "", "trusted partner"),
    "AccountStanding.lacks": Entry("What it lacks for the next level."),
    "Lacking.what": Entry("In few words, the same for all accounts.", "", "no executive took part"),
    "AccountStanding.signals": Entry("What events tell of it."),
    "Signals.teams": Entry("Whose deals it has.", "", ["emea"]),
    "Signals.deals": Entry("Deals with it.", _DEALS, 4),
    "Signals.open": Entry("Those that are open.", _DEALS, 1),
    "Signals.won": Entry("Those that were won.", _DEALS, 2),
    "Signals.tenure_ms": Entry("", SPAN),
    "Signals.touches": Entry("Touches by both sides.", "touches", 31),
    "Signals.reply_share": Entry("", SHARE, 0.8),
    "Signals.initiated_share": Entry("", SHARE, 0.3),
    "Signals.executive_at": Entry("When an executive of it last took part; 0: never.", MS),
    "Signals.met_outside_at": Entry("When somebody last met outside of open deals; 0: never.", MS),
    "Signals.discovered": Entry("Whether a meeting was held before the first proposal of a deal.", "", True),
    "Signals.uncontested_share": Entry("Of the deals, those without contest.", SHARE, 0.5),
}

_SHEETS: dict[str, Entry] = {
    "SheetTold.at": _AS_OF,
    "SheetTold.sheet": Entry("The sheet."),
    "Sheet.level": Entry("Whether it is for a rep or a team.", "", "team"),
    "Sheet.name": Entry("For whom it is: the rep or the team.", "", "rep-1"),
    "Sheet.week": Entry("The Monday with which its week begins.", "", "2026-03-02"),
    "Sheet.manager_from": Entry("", MS),
    "Sheet.points": Entry("What to talk about, three at most."),
    "Point.about": Entry("The indicator that it is about.", "", "quick_answers"),
    "Point.kind": Entry("Worse than usual, or better.", "", "keep"),
    "Point.title": Entry("A sentence for people.", "", "Replies take longer than usual"),
    "Point.words": Entry("What is seen, with numbers.", "", "Half of the replies took more than 9 hours"),
    "Point.question": Entry("What to ask, or to think about.", "", "What kept you from answering?"),
    "Point.deals": Entry("Deals that show it."),
    "DealNote.words": Entry("What of the deal shows it.", "", "answered after 3 days"),
    "Sheet.compared": Entry("Each indicator, beside others' and beside the past."),
    "Compared.indicator": Entry("The indicator."),
    "Indicator.name": Entry("Which one.", "", "quick_answers"),
    "Indicator.value": Entry("What it comes to; none where there is too little to say."),
    "Indicator.of": Entry("Of how many cases.", "cases", 31),
    "Indicator.deals": Entry("Deals that show it."),
    "Indicator.weight": Entry("", "cases", 20.5),
    "Compared.peers": Entry("How others stand, without saying who; none with too few of them."),
    "Distribution.count": Entry("How many they are.", "people or teams", 7),
    "Distribution.low": Entry("The lower quartile.", "", 0.4),
    "Distribution.middle": Entry("The median.", "", 0.6),
    "Distribution.high": Entry("The upper quartile.", "", 0.7),
    "Compared.past": Entry("The same two quarters before."),
    "Sheet.notice": Entry("What such a sheet must not be used for.", "", "Not for appraisal."),
}

COACHING: dict[str, Entry] = {**_MATRIX, **_SHEETS}
