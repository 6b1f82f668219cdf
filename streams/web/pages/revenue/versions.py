"""What the versions of a forecast are called, what they count, and how they are drawn."""

from __future__ import annotations

from streams.web.vocabulary import Term

VERSIONS: dict[str, Term] = {
    "closed": Term("Closed", "What is won in the period."),
    "commit": Term("Commit", "Closed, and open deals of category commit that are planned to close in the period."),
    "most_likely": Term("Most likely", "Commit, and open deals of category most likely."),
    "best_case": Term("Best case", "Most likely, and open deals of category best case."),
    "pipeline": Term("Pipeline", "Best case, and open deals of category pipeline or of none."),
    "adjusted": Term("Adjusted", "Commit, with managers' own figures on top of it."),
    "stage_weighted": Term("Stage-weighted", "Closed, and of each open deal the share that its stage came to before."),
    "category_weighted": Term(
        "Category-weighted", "Closed, and of each open deal the share that its category came to before."
    ),
    "model": Term("Model", "Closed, and of each open deal its chance to be won by the end of the period."),
    "pace": Term("Pace", "Closed, and what was won from the same day on in earlier periods."),
    "shared_pace": Term("Shared pace", "Closed, and its share of what the company won from the same day on."),
    "simulated": Term("Simulated", "Closed, each open deal's chance in season, and business that is not yet created."),
    "blend": Term(
        "Blend", "What the other versions come to, each believed as much as its record has earned. The default."
    ),
}
#: The lines of the cone in the order in which they are drawn, the default on top; each has a colour and a stroke.
DRAWN: dict[str, str] = {
    "closed": "c2",
    "commit": "c1",
    "best_case": "c5 dashed",
    "stage_weighted": "c6 dashed",
    "model": "c3",
    "pace": "c4 dotted",
    "blend": "c0 strong",
}


def version_word(version: str) -> str:
    """What a version is called; one that is new by its own name."""
    known = VERSIONS.get(version)
    return known.word if known else version.replace("_", " ").capitalize()
