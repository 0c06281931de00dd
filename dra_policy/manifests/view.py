"""A mapping of a manifest read with types: what is of another type is reported at its place and counts as absent."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.manifests.scalars import float_text
from dra_policy.model import Dialect
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Document, Findings, Place, Severity, Step
from dra_policy.values import JsonValue, Quantity, QuantityError


def kind_of(value: JsonValue) -> str:
    """What a value is, as a message says it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a mapping"


_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class ObjectContext:
    """What is the same for all of an object: its text, its dialect, whether defaults apply, and what was found."""

    document: Document
    dialect: Dialect
    defaults: bool
    findings: Findings = field(compare=False, repr=False)


class View:
    """A mapping and where it stands.

    The methods read a field by name. A field that is absent or null has the default; one of another type too, and is
    reported (DRA105, DRA204). ``is_mistyped`` says that this is the default for something of another type: that it
    lacks its fields is no mistake of its own.
    """

    __slots__ = ("context", "is_mistyped", "path", "value")

    def __init__(
        self,
        value: dict[str, JsonValue],
        context: ObjectContext,
        path: tuple[Step, ...] = (),
        *,
        is_mistyped: bool = False,
    ) -> None:
        """Look at a mapping that stands at a path of the context's document."""
        self.value = value
        self.context = context
        self.path = path
        self.is_mistyped = is_mistyped

    def place(self, *steps: Step) -> Place:
        """The place of the mapping, or of something in it."""
        return Place(self.context.document, self.path + steps)

    def has(self, name: str) -> bool:
        """Whether the field is written and not null."""
        return self.value.get(name) is not None

    def error(self, code: str, message: str, *steps: Step, hint: str | None = None) -> None:
        """Report an error at a place in the mapping; once, however often the field is looked at."""
        found = self.context.findings.found
        error = Diagnostic(code, Severity.ERROR, message, self.place(*steps).span, hint=hint)
        if error not in found[-20:]:
            found.append(error)

    def _mistyped(self, wanted: str, *steps: Step, found: JsonValue, hint: str | None = None) -> None:
        name = next((step for step in reversed(steps) if isinstance(step, str)), "value")
        self.error("DRA105", f"`{name}` takes {wanted}, not {kind_of(found)}", *steps, hint=hint)

    def optional_text(self, name: str) -> str | None:
        """A text; None where it is absent."""
        value = self.value.get(name)
        if value is None or isinstance(value, str):
            return value
        hint = None if isinstance(value, dict | list) else "put it in quotes"
        self._mistyped("a text", name, found=value, hint=hint)
        return None

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        value = self.optional_text(name)
        return default if value is None else value

    def required_text(self, name: str, owner: str) -> str:
        """A text that must be there and not empty (DRA106)."""
        value = self.text(name)
        if not value and not self.is_mistyped and (self.value.get(name) is None or self.value.get(name) == ""):
            self.error("DRA106", f"{owner} has no `{name}`")
        return value

    def boolean(self, name: str) -> bool | None:
        """True or false; None where it is absent."""
        value = self.value.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._mistyped("true or false", name, found=value)
        return None

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.optional_integer(name)
        return default if value is None else value

    def optional_integer(self, name: str) -> int | None:
        """A whole number; None where it is absent."""
        value = self.value.get(name)
        if value is None:
            return None
        if type(value) is int:
            if value in _INT64 or not self.context.defaults:
                return value
            self.error("DRA105", f"`{name}` is a number of 64 bits, at most {2**63 - 1:,}", name)
            return None
        hint = f"write {value} without quotes" if isinstance(value, str) and value.isdigit() else None
        self._mistyped("a whole number", name, found=value, hint=hint)
        return None

    def view(self, name: str) -> View | None:
        """A mapping; None where it is absent."""
        value = self.value.get(name)
        if isinstance(value, dict):
            return View(value, self.context, (*self.path, name))
        if value is not None:
            self._mistyped("a mapping", name, found=value)
        return None

    def section(self, name: str) -> View:
        """A mapping; an empty one where it is absent."""
        is_mistyped = self.is_mistyped or self.has(name)
        return self.view(name) or View({}, self.context, (*self.path, name), is_mistyped=is_mistyped)

    def views(self, name: str) -> list[View]:
        """A list of mappings, without those that are none."""
        found: list[View] = []
        for index, value in self._list(name):
            if isinstance(value, dict):
                found.append(View(value, self.context, (*self.path, name, index)))
            else:
                self._mistyped("mappings", name, index, found=value)
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, without those that are none."""
        found: list[str] = []
        for index, value in self._list(name):
            if isinstance(value, str):
                found.append(value)
            else:
                self._mistyped("texts", name, index, found=value)
        return tuple(found)

    def _list(self, name: str) -> Iterator[tuple[int, JsonValue]]:
        value = self.value.get(name)
        if isinstance(value, list):
            yield from enumerate(value)
        elif value is not None:
            self._mistyped("a list", name, found=value)

    def members(self, name: str) -> list[tuple[str, JsonValue]]:
        """The members of a mapping."""
        section = self.view(name)
        return list(section.value.items()) if section else []

    def text_map(self, name: str) -> dict[str, str]:
        """A mapping of texts to texts (labels), without those that are none."""
        found: dict[str, str] = {}
        for key, value in self.members(name):
            if isinstance(value, str):
                found[key] = value
            elif value is not None:
                self._mistyped("a text", name, key, found=value, hint="put it in quotes")
        return found

    def amounts(self, name: str) -> dict[str, str]:
        """A mapping of names to quantities as written (``limits``, ``hard``)."""
        return {
            key: value if isinstance(value, str) else number_text(value)
            for key, value in self.members(name)
            if isinstance(value, str | int | float)
        }

    def quantities(self, name: str) -> dict[str, Quantity]:
        """A mapping of names to quantities; a quantity may stand under ``value`` (Counter)."""
        found: dict[str, Quantity] = {}
        for key, value in self.members(name):
            is_wrapped = isinstance(value, dict)
            inner = value.get("value") if isinstance(value, dict) else value
            amount = self._quantity(inner, name, key, *(("value",) if is_wrapped else ()))
            if amount is not None:
                found[key] = amount
        return found

    def quantity(self, name: str) -> Quantity | None:
        """A quantity, written as a text or a number."""
        return self._quantity(self.value.get(name), name)

    def _quantity(self, value: JsonValue, *steps: Step) -> Quantity | None:
        if value is None:
            return None
        if isinstance(value, bool | list | dict):
            self._mistyped("a quantity", *steps, found=value)
            return None
        try:
            return Quantity.parse(value if isinstance(value, str) else number_text(value))
        except QuantityError as error:
            self.error("DRA204", f"`{value}` is no quantity: {error}", *steps, hint="quantities look like 40Gi or 500m")
            return None


def number_text(value: JsonValue) -> str:
    """A JSON number as Kubernetes reads it into a quantity."""
    return float_text(value) if isinstance(value, float) else str(value)
