"""A sheet as lines of text. Every one begins with what it is for, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterator

from streams.revenue.coaching import TITLES, Compared, Sheet


def sheet_lines(sheet: Sheet) -> list[str]:
    """The sheet, its points first, then all indicators."""
    whose = f"{sheet.name or '(nobody)'}, week of {sheet.week:%Y-%m-%d}"
    lines = [f"{'One-to-one' if sheet.level == 'rep' else 'Team'}: {whose}", sheet.notice]
    if not sheet.points:
        lines += ["", "Nothing stands out from what is usual by more than chance explains."]
    for number, point in enumerate(sheet.points, 1):
        lines += ["", f"{number}. {point.title}{' (keep it up)' if point.kind == 'keep' else ''}", f"   {point.words}"]
        lines += [f"   - {each.deal} {each.name}: {each.words}" for each in point.deals]
        lines.append(f"   Ask: {point.question}")
    lines.append("")
    for each in sheet.compared:
        lines += _compared_lines(each)
    return lines


def _compared_lines(each: Compared) -> Iterator[str]:
    value, peers = each.indicator.value, each.peers
    title = TITLES[each.indicator.name]
    if value is None:
        yield f"{title}: {each.indicator.words}"
        return
    words = f"{title}: {value.value:.0%} ({value.low:.0%} to {value.high:.0%})"
    if peers is not None:
        words += f"; of {peers.count} others half are between {peers.low:.0%} and {peers.high:.0%}"
    if each.past is not None:
        words += f"; before {each.past.value:.0%}"
    yield words
