"""Kubernetes quantities, exact in value and faithful in representation (apimachinery ``resource.Quantity``)."""

from __future__ import annotations

from dra_policy.record import dataclass
from dra_policy.values.int64 import MAX_INT64, MIN_INT64, is_int64, wrap_int64
from dra_policy.values.quantity_text import (
    BINARY_SI,
    DECIMAL_EXPONENT,
    DECIMAL_SI,
    MOST_PLACES,
    QuantityError,
    read_quantity,
    round_up,
    strip_zeros,
    ten_to,
    write_quantity,
)

__all__ = ["BINARY_SI", "DECIMAL_EXPONENT", "DECIMAL_SI", "Quantity", "QuantityError"]

_MOST_KEPT = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact amount. Equality, order and hash go by amount; ``str()`` is the text as published.

    Kubernetes holds an amount either as an int64 with a decimal scale or as an unlimited decimal, and lets the
    difference show: ``isInteger`` is false for ``1.0`` and ``1Pi`` and true for ``1`` and ``1Ti``. ``is_decimal`` tells
    which of the two it is. Use ``parse`` and ``of`` to make one.
    """

    unscaled: int
    """The amount is ``unscaled * 10**scale``."""
    scale: int
    format: str
    """``DecimalSI``, ``BinarySI`` or ``DecimalExponent``: how the canonical text is written."""
    is_decimal: bool = False
    text: str = ""
    """The text as published; empty for an amount that was computed."""
    keeps_text: bool = False
    """Whether Kubernetes takes the published text for the canonical one."""

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read a quantity.

        Amounts below a billionth are rounded away from zero to one; binary amounts are capped at 2**63-1. A manifest's
        value is to be stripped of white space first, as the API server does.

        Raises:
            QuantityError: with Kubernetes' text.
        """
        known = _parsed.get(text)
        if known is not None:
            return known
        unscaled, scale, is_decimal, form, keeps_text = read_quantity(text)
        quantity = cls(unscaled, scale, form, is_decimal, text, keeps_text)
        if len(_parsed) >= _MOST_KEPT:
            _parsed.clear()
        _parsed[text] = quantity
        return quantity

    @classmethod
    def of(cls, number: int, form: str = DECIMAL_SI) -> Quantity:
        """A whole number; one outside int64 is held as an unlimited decimal."""
        return cls(number, 0, form, is_decimal=not MIN_INT64 <= number <= MAX_INT64)

    def canonical(self) -> str:
        """The text that Kubernetes writes (``Quantity.String``): ``1500m`` for ``1.5``, ``1Ti`` for ``1024Gi``.

        Kubernetes keeps some texts as they were read (``+5``, ``1.500``); they are kept here too.
        """
        return self.text if self.keeps_text else write_quantity(self.unscaled, self.scale, self.format)

    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self.unscaled > 0) - (self.unscaled < 0)

    def compare(self, other: Quantity) -> int:
        """-1, 0 or 1 as this amount is less than, equal to or greater than the other."""
        if self.scale == other.scale:
            left, right = self.unscaled, other.unscaled
        else:
            left, right = _aligned(self, other)
        return (left > right) - (left < right)

    def add(self, other: Quantity) -> Quantity:
        """The sum, in the int64 form if both are and it fits; a zero takes the other's format.

        Raises:
            QuantityError: if the two differ by more than MOST_PLACES.
        """
        return self._plus(other, other.unscaled, other.unscaled)

    def sub(self, other: Quantity) -> Quantity:
        """The difference, with the rules of ``add``."""
        # The int64 form negates the smallest int64 to itself, as Go does; the unlimited form does not.
        return self._plus(other, wrap_int64(-other.unscaled), -other.unscaled)

    def _plus(self, other: Quantity, narrow: int, exact: int) -> Quantity:
        form = other.format if self.unscaled == 0 else self.format
        both_narrow = not self.is_decimal and not other.is_decimal
        if both_narrow and narrow == 0:
            return Quantity(self.unscaled, self.scale, form)
        if both_narrow and self.unscaled == 0:
            return Quantity(narrow, other.scale, form)
        scale, left, places = self.scale, self.unscaled, 1
        if scale != other.scale:
            scale = min(scale, other.scale)
            if max(self.scale, other.scale) - scale > MOST_PLACES:
                raise QuantityError("quantities are too far apart to be added")
            left, places = left * ten_to(self.scale - scale), ten_to(other.scale - scale)
        right = narrow * places
        if both_narrow and is_int64(left) and is_int64(right) and is_int64(left + right):
            return Quantity(left + right, scale, form)
        return Quantity(left + exact * places, scale, form, is_decimal=True)

    @property
    def is_integer(self) -> bool:
        """What CEL's ``isInteger`` says: the int64 form, without negative scale, within int64."""
        if self.is_decimal or self.scale < 0:
            return False
        return self.scale == 0 or self.unscaled == 0 or self._scaled_up(self.scale) is not None

    def as_integer(self) -> int:
        """The number where ``is_integer`` holds.

        Raises:
            QuantityError: ``cannot convert value to integer``.
        """
        if not self.is_integer:
            raise QuantityError("cannot convert value to integer")
        return self.unscaled * ten_to(self.scale) if self.unscaled else 0

    def as_approximate_float(self) -> float:
        """What CEL's ``asApproximateFloat`` says: unscaled times a power of ten, both rounded."""
        try:
            base = float(self.unscaled)
        except OverflowError:
            base = float("inf") if self.unscaled > 0 else float("-inf")
        return base if self.scale == 0 else base * _power_of_ten(self.scale)

    def value(self) -> int:
        """The whole number that Go's ``Value`` gives: rounded up, zero or wrapped where it leaves int64."""
        return self._scaled_value(0)

    def milli_value(self) -> int:
        """Thousandths as Go's ``MilliValue`` gives them, with the rules of ``value``."""
        return self._scaled_value(-3)

    def _scaled_value(self, scale: int) -> int:
        if not self.is_decimal:
            if self.scale < scale:
                return round_up(self.unscaled, self.scale, scale)
            return self._overflowing(self.scale - scale)
        places = scale - self.scale
        if places <= 0:
            power = ten_to(-places) if places >= -18 else MIN_INT64
            return wrap_int64(wrap_int64(self.unscaled) * power)
        if self.unscaled < MAX_INT64 and places < 19:
            # Truncated toward zero, and one more for any remainder, also of a negative amount.
            size, remainder = divmod(abs(wrap_int64(self.unscaled)), ten_to(places))
            return (-size if wrap_int64(self.unscaled) < 0 else size) + (remainder != 0)
        return wrap_int64(-(-self.unscaled // ten_to(places)))

    def _overflowing(self, places: int) -> int:
        scaled = self._scaled_up(places)
        if scaled is not None:
            return scaled
        # Go multiplies by these powers in one step, whose overflow comes through; the other loops give up with 0.
        wraps = places in (1, 2, 3, 6, 9) and self.unscaled != MIN_INT64
        return wrap_int64(self.unscaled * ten_to(places)) if wraps else 0

    def _scaled_up(self, places: int) -> int | None:
        """Unscaled times a power of ten; None outside int64."""
        if self.unscaled == 0:
            return 0
        if places > 19:
            return None
        scaled = self.unscaled * ten_to(places)
        return scaled if is_int64(scaled) else None

    def __str__(self) -> str:
        return self.text or self.canonical()

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self is other or self.compare(other) == 0

    def __lt__(self, other: Quantity) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Quantity) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Quantity) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Quantity) -> bool:
        return self.compare(other) >= 0

    def __hash__(self) -> int:
        return hash(strip_zeros(self.unscaled, self.scale))


_parsed: dict[str, Quantity] = {}


def _aligned(left: Quantity, right: Quantity) -> tuple[int, int]:
    """Two numbers that order as the amounts do, without spelling out a huge power of ten."""
    gap = left.scale - right.scale
    if abs(gap) > MOST_PLACES and left.unscaled and right.unscaled and left.sign() == right.sign():
        # A bit is at least 0.3 digits: with this many places between them the longer text cannot make up for it.
        longest = max(left.unscaled.bit_length(), right.unscaled.bit_length())
        gap = max(min(gap, longest), -longest)
    if left.unscaled == 0 or right.unscaled == 0 or left.sign() != right.sign():
        return left.sign(), right.sign()
    if gap >= 0:
        return left.unscaled * ten_to(gap), right.unscaled
    return left.unscaled, right.unscaled * ten_to(-gap)


def _power_of_ten(exponent: int) -> float:
    """Go's ``math.Pow10``: the product of two table entries, so not always the nearest float."""
    if exponent < -323:
        return 0.0
    if exponent > 308:
        return float("inf")
    size = abs(exponent)
    high, low = float(f"1e{size - size % 32}"), float(f"1e{size % 32}")
    if exponent >= 0:
        return high * low
    return float(f"1e-{size - size % 32}") / low
