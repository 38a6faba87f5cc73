"""Reading our own source without running it: which module imports what, and how large it is."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OWN_TOPS = ("appliance", "migrations", "tui")


@dataclass(frozen=True)
class Import:
    """One imported module, as an absolute dotted name, and where the statement stands."""

    importer: str
    target: str
    where: str

    @property
    def top(self) -> str:
        """The first part of the name: what one installs or what is ours."""
        return self.target.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: str
    source: str
    is_package: bool

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; a file that does not parse fails the test that asks."""
        return ast.parse(self.source, filename=self.path)

    def imports(self) -> Iterator[Import]:
        """Every import anywhere in the file, those for type checking too; `from a import b` gives a.b."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                targets = [f"{base}.{alias.name}" for alias in node.names]
            else:
                continue
            for target in targets:
                yield Import(self.name, target, f"{self.path}:{node.lineno}")

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        kept = len(parts) - node.level + self.is_package
        return ".".join([*parts[:kept], *([node.module] if node.module else [])])


def parse_module(name: str, source: str, *, is_package: bool = False) -> Module:
    """Read a module from its text, as a test of the rules themselves does."""
    return Module(name, f"{name.replace('.', '/')}.py", source, is_package)


def modules(*tops: str) -> list[Module]:
    """Every module under the named top-level folders, in the order of their paths."""
    return [_read(path) for top in tops for path in sorted((REPOSITORY / top).rglob("*.py"))]


def is_within(name: str, place: str) -> bool:
    """Whether a dotted name is the place or lies inside it."""
    return name == place or name.startswith(f"{place}.")


def _read(path: Path) -> Module:
    relative = path.relative_to(REPOSITORY)
    is_package = path.name == "__init__.py"
    parts = relative.parent.parts if is_package else relative.with_suffix("").parts
    return Module(".".join(parts), str(relative), path.read_text(encoding="utf-8"), is_package)
