"""`make sbom`: write what an installation is made of to `dist/dealwatch.cdx.json`, and its licences to the terminal.

    python -m deploy.supply.sbom [--image] [--output FILE] [--licences]

With `--image` it is what the image has: no Java, no jars.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from shutil import which

from deploy.supply.bom import JAVA_PACKAGES, Bom, about, bill_of

PROJECT = Path(__file__).parents[2]
KAFKA_LOCK = PROJECT / "streams" / "broker" / "kafka.lock.toml"
OUTPUT = Path("dist") / "dealwatch.cdx.json"


def exported(*options: str) -> Bom:
    """Return what uv tells of the lock file, without groups for development."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else which("uv") or "uv"
    command = [uv, "export", "--locked", "--no-dev", "--quiet", "--format", "cyclonedx1.5", *options]
    found: Bom = json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout)
    return found


def bill(image: bool = False) -> Bom:
    """Return the bill of this project's locks, or of what the image has of them."""
    pruned = [word for name in JAVA_PACKAGES for word in ("--prune", name)] if image else []
    return bill_of(exported(*pruned), None if image else KAFKA_LOCK.read_text(encoding="utf-8"), about)


def main() -> None:
    """Write the file, or list licences."""
    parser = argparse.ArgumentParser(description="Write the SBOM (CycloneDX 1.5, JSON).")
    parser.add_argument("--image", action="store_true", help="what the image has: no Java, no jars")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--licences", action="store_true", help="list every licence and how many have it")
    options = parser.parse_args()
    made = bill(options.image)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{options.output}: {len(made['components'])} components")
    if options.licences:
        for licence, number in sorted(_licences(made).items(), key=lambda each: (-each[1], each[0])):
            print(f"{number:4}  {licence}")


def _licences(made: Bom) -> Counter[str]:
    found: Counter[str] = Counter()
    for component in made["components"]:
        for each in component.get("licenses") or [{}]:
            found[each.get("expression") or each.get("license", {}).get("name") or "not said"] += 1
    return found


if __name__ == "__main__":
    main()
