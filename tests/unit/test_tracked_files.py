"""What must never be committed: addresses of package registries, and paths of one person's machine."""

import re
import shutil
import subprocess

import pytest

from tests.support.source_tree import REPOSITORY

# Put together from parts, or this file would break its own rule.
REGISTRY_HOSTS = tuple(
    re.escape(".".join(parts))
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("golang", "org"),
        ("deb", "debian", "org"),
        ("docker", "io"),
    )
)
REGISTRY = re.compile("|".join(REGISTRY_HOSTS), re.IGNORECASE)
# An absolute path into a home or a workplace; a longer word or a relative path is something else.
MACHINE_PATH = re.compile(r"(?<![\w.$)}/-])/(?:root|work|home/\w+)(?![\w-])")


def breaches(text: str) -> list[str]:
    return [
        f"{number}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if REGISTRY.search(line) or MACHINE_PATH.search(line)
    ]


def tracked_texts() -> list[tuple[str, str]]:
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("not a git clone: what is tracked is not known here")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    contents = [(path, path.read_bytes()) for path in paths if path.is_file()]
    # A NUL byte marks a binary file, for git as well.
    return [
        (str(path.relative_to(REPOSITORY)), raw.decode("utf-8", errors="replace"))
        for path, raw in contents
        if b"\0" not in raw
    ]


def test_no_tracked_file_names_a_registry_or_a_machine_path() -> None:
    found = {path: lines for path, text in tracked_texts() if (lines := breaches(text))}

    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://" + "py" + "pi.org/simple",
        "cd /" + "work/main",
        'open("/' + 'root/.cache")',
        "~ is /" + "home/anna/backroom",
    ],
)
def test_a_planted_address_or_path_is_found(line: str) -> None:
    assert len(breaches(line)) == 1


@pytest.mark.parametrize("line", ["art/work/x", "./root/", "/workers", "GET /api/v1/root-cause", "a tool of pypi"])
def test_what_only_looks_alike_is_left_alone(line: str) -> None:
    assert breaches(line) == []
