"""`make audit`: ask whether any locked package is known to be vulnerable.

    python -m deploy.supply.audit [--strict] [--ignore ID ...]

pip-audit asks the vulnerability service of the package registry, PyPI's JSON API. Where that cannot be reached, or a
mirror does not know it, pip-audit passes over every package and still says "no known vulnerabilities found". So a
package that is known to be vulnerable is asked about first: only a service that says so is believed, and every package
that it passed over is named. An audit that was not done is said loudly; it fails with `--strict` only, since a machine
without the service, as ours in CI, would be red for ever.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PROJECT = Path(__file__).parents[2]
#: Known to be vulnerable for good, to anybody who knows anything (CVE-2010-4534 and many more).
CANARY = "django==1.2.1"
_TOOLS = Path(sys.executable).parent
_PATIENCE_S = 300
VULNERABLE, NOT_DONE = 1, 3

#: Runs pip-audit on a file of requirements: what it printed, and what it complained of.
Ask = Callable[[Path, Sequence[str]], tuple[str, str]]


class Audit(NamedTuple):
    """What came of an audit: why it was not done, or what is vulnerable (package, id, mended in), of how many."""

    not_done: str = ""
    packages: int = 0
    found: tuple[tuple[str, str, str], ...] = ()
    passed_over: tuple[str, ...] = ()


def pip_audit(requirements: Path, ignored: Sequence[str]) -> tuple[str, str]:
    """Ask pip-audit about pinned requirements."""
    options = [word for name in ignored for word in ("--ignore-vuln", name)]
    command = [
        str(_TOOLS / "pip-audit"),
        "--requirement",
        str(requirements),
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
    ]
    command += ["--progress-spinner", "off", "--timeout", "15", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S)
    except FileNotFoundError:
        return "", "pip-audit is not installed; `make audit` installs it"
    except subprocess.TimeoutExpired:
        return "", f"no answer within {_PATIENCE_S} seconds"
    return done.stdout, done.stderr


def locked(path: Path) -> None:
    """Write every locked package, those of all groups and extras, as pinned requirements."""
    command = [
        str(_TOOLS / "uv"),
        "export",
        "--locked",
        "--all-extras",
        "--all-groups",
        "--no-emit-project",
        "--no-hashes",
    ]
    subprocess.run(
        [*command, "--quiet", "--output-file", str(path)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=_PATIENCE_S,
    )


def audit(requirements: Path, canary: Path, ignored: Sequence[str], ask: Ask = pip_audit) -> Audit:
    """Audit pinned requirements, where the service knows of the canary."""
    known = _answer(*ask(canary, ()))
    if isinstance(known, str):
        return Audit(not_done=known)
    if not any(each.get("vulns") for each in known):
        return Audit(not_done="the registry's vulnerability service does not answer: it does not know of " + CANARY)
    answers = _answer(*ask(requirements, ignored))
    if isinstance(answers, str):
        return Audit(not_done=answers)
    found = tuple(
        (f"{each['name']} {each['version']}", fault["id"], ", ".join(fault["fix_versions"]) or "nothing yet")
        for each in answers
        for fault in each.get("vulns", ())
    )
    passed_over = tuple(each["name"] for each in answers if "vulns" not in each)
    return Audit("", len(answers), found, passed_over)


def _answer(printed: str, complaints: str) -> list[dict[str, Any]] | str:
    try:
        found: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = complaints.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        return last[0][:300]
    return found


def report(found: Audit, strict: bool) -> tuple[str, int]:
    """What to say of an audit, and with which code to end."""
    if found.not_done:
        return f"audit not done: {found.not_done}", NOT_DONE if strict else 0
    lines = [f"{package}: {fault}, mended in {fixed}" for package, fault, fixed in found.found]
    if found.passed_over:
        lines.append(f"audit not done for {len(found.passed_over)} packages: {', '.join(found.passed_over)}")
    audited = found.packages - len(found.passed_over)
    lines.append(f"audit: {audited} packages, {len(found.found)} known vulnerabilities")
    code = VULNERABLE if found.found else NOT_DONE if strict and found.passed_over else 0
    return "\n".join(lines), code


def main() -> None:
    """Read the options, and audit the lock file."""
    parser = argparse.ArgumentParser(description="Ask whether a locked package is known to be vulnerable.")
    parser.add_argument("--strict", action="store_true", help="fail, too, where the audit could not be done")
    parser.add_argument("--ignore", nargs="*", default=[], metavar="ID", help="vulnerabilities that were looked at")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        requirements, canary = Path(folder) / "requirements.txt", Path(folder) / "canary.txt"
        locked(requirements)
        canary.write_text(CANARY + "\n", encoding="utf-8")
        said, code = report(audit(requirements, canary, options.ignore), options.strict)
    print(said)
    sys.exit(code)


if __name__ == "__main__":
    main()
