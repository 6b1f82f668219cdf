"""The Helm chart as Kubernetes gets it: rendered by helm, and kept beside the chart for machines without helm.

`python -m tests.repository.charts` (`make chart`) renders the examples anew. Each rendering says in its first line of
which chart and which values it is, as a digest: without helm nobody can render, but anybody can see that a rendering is
of this very chart.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
CHART = PROJECT / "deploy" / "helm" / "dealwatch"
EXAMPLES = sorted((PROJECT / "deploy" / "helm" / "examples").glob("*.yaml"))
RENDERED = PROJECT / "deploy" / "helm" / "rendered"
#: Where `make helm` puts it.
OWN_HELM = PROJECT / ".dealwatch" / "tools" / "helm"
RELEASE, NAMESPACE = "dealwatch", "sales"
KUBERNETES = "1.37"

Manifest = dict[str, Any]


def helm() -> str | None:
    """Return the helm to use: the one that `HELM` names, that `make helm` built, or that is on the path; or none."""
    named = os.environ.get("HELM") or (str(OWN_HELM) if OWN_HELM.is_file() else None)
    return named or shutil.which("helm")


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm; it reads and writes no settings of this machine's user."""
    nowhere = dict.fromkeys(("HELM_REPOSITORY_CONFIG", "HELM_REGISTRY_CONFIG", "KUBECONFIG"), os.devnull)
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=os.environ | nowhere, timeout=60)


def render(program: str, values: Path) -> list[Manifest]:
    """Return what the chart makes of values; raises CalledProcessError where helm refuses them."""
    done = run(
        program,
        "template",
        RELEASE,
        str(CHART),
        "--namespace",
        NAMESPACE,
        "--values",
        str(values),
        "--kube-version",
        KUBERNETES,
    )
    done.check_returncode()
    return in_order(each for each in yaml.safe_load_all(done.stdout) if each)


def in_order(manifests: Any) -> list[Manifest]:
    """Return manifests by kind and name, whatever order a version of helm gives them."""
    return sorted(manifests, key=lambda each: (each["kind"], each["metadata"]["name"]))


def digest(values: Path) -> str:
    """Return the SHA-256 of the chart and these values."""
    files = [*sorted(each for each in CHART.rglob("*") if each.is_file()), values]
    whole = sha256()
    for file in files:
        content = file.read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{file.relative_to(PROJECT).as_posix()} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def header(values: Path) -> str:
    """Return the first line of a rendering."""
    return f"# What deploy/helm/dealwatch makes of {values.name} (`make chart`); chart and values: {digest(values)}"


def text_of(values: Path, manifests: list[Manifest]) -> str:
    """Return a rendering as it is kept."""
    body = yaml.safe_dump_all(manifests, sort_keys=False, width=120, explicit_start=True)
    return f"{header(values)}\n{body}"


def kept(values: Path) -> str:
    """Return the rendering of an example that is kept beside the chart."""
    return (RENDERED / values.name).read_text(encoding="utf-8")


def manifests_of(values: Path) -> list[Manifest]:
    """Return the manifests of an example: by helm where there is one, else those that are kept."""
    program = helm()
    return render(program, values) if program else list(yaml.safe_load_all(kept(values)))


def main() -> None:
    """Render every example anew."""
    program = helm()
    if program is None:
        sys.exit("no helm: set HELM to one, or build it with `make helm` (needs Go)")
    for values in EXAMPLES:
        (RENDERED / values.name).write_text(text_of(values, render(program, values)), encoding="utf-8")


if __name__ == "__main__":
    main()
