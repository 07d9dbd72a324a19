"""What the documents list is what there is."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from common.errors import RentwellError

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
API = (ROOT / "docs" / "api.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
APPS = ("common", "accounts", "catalog", "payments", "storefront")


def sources() -> Iterator[str]:
    """The code that runs in production."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "tests" not in path.parts:
                yield path.read_text()


def variables() -> list[str]:
    text = (ROOT / "config" / "settings.py").read_text()
    return sorted(set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text)))


@pytest.mark.parametrize("name", variables())
def test_every_variable_is_in_the_template_and_in_operations(name: str) -> None:
    assert re.search(rf"^#? ?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert f"`{name}`" in OPERATIONS


def test_every_endpoint_is_described() -> None:
    output = StringIO()
    call_command("spectacular", "--format", "openapi-json", stdout=output)
    schema = json.loads(output.getvalue())
    described = re.findall(r"`([A-Z]+) (/[^`?]*)", API)
    for path, methods in schema["paths"].items():
        for method in methods:
            assert (method.upper(), path) in described


def codes(kind: type[RentwellError]) -> Iterator[str]:
    for child in kind.__subclasses__():
        yield child.code
        yield from codes(child)


def test_every_error_code_is_described() -> None:
    bases = {"conflict"}  # a kind, of which each refusal has a name of its own
    assert [code for code in set(codes(RentwellError)) - bases if f"| `{code}` |" not in API] == []


def test_every_event_of_the_logs_is_described() -> None:
    pattern = re.compile(r'\blog(?:ger)?\.(?:info|warning|error)\(\s*"(\w+)"')
    events = {event for text in sources() for event in pattern.findall(text)}
    assert "webhook_received" in events
    assert [event for event in sorted(events) if f"`{event}`" not in OPERATIONS] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            assert anchor in [anchor_of(heading) for heading in headings], link


def anchor_of(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
