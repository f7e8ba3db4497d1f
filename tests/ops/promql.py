"""As much of PromQL as tells which metrics and labels an expression asks for."""

import re
from dataclasses import dataclass

_SELECTOR = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?P<matchers>\{[^}]*\})?(?P<call>\s*\()?")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_WORDS = {"by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset"}
GIVEN_BY_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance"}


@dataclass(frozen=True)
class Asked:
    """A metric in an expression, with the labels that must be its own."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]


def asked_for(expression: str) -> list[Asked]:
    """Every metric of an expression."""
    assert expression.count("(") == expression.count(")"), expression
    bare = re.sub(r"\[\w+\]", "", _GROUPING.sub("", expression))
    found = [one for one in _SELECTOR.finditer(bare) if not one["call"] and one["name"] not in _WORDS]
    return [Asked(one["name"], tuple(_MATCHER.findall(one["matchers"] or ""))) for one in found]


def grouped_by(expression: str) -> set[str]:
    """The labels an expression keeps."""
    return {label.strip() for labels in _GROUPING.findall(expression) for label in labels.split(",") if label.strip()}


@dataclass(frozen=True)
class Scrape:
    """What processes show, by metric: one set of labels a line."""

    series: dict[str, list[dict[str, str]]]

    @classmethod
    def of(cls, text: str) -> "Scrape":
        """Read Prometheus' text format."""
        series: dict[str, list[dict[str, str]]] = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, labels = line.rpartition(" ")[0].partition("{")
                series.setdefault(name, []).append(dict(re.findall(r'(\w+)="([^"]*)"', labels)))
        return cls(series)

    def matches(self, asked: Asked) -> bool:
        """Whether a line fits; `job` and `instance` come from Prometheus, and in a test no request fails."""
        own = [one for one in asked.matchers if one[0] not in LABELS_OF_PROMETHEUS | {"status"}]
        return any(all(_fits(labels, *one) for one in own) for labels in self.series.get(asked.metric, ()))

    def labels(self, metric: str) -> set[str]:
        """Every label that any line of this metric has."""
        return {label for labels in self.series.get(metric, ()) for label in labels}


def _fits(labels: dict[str, str], label: str, operator: str, value: str) -> bool:
    has = labels.get(label, "")
    if operator in ("=", "!="):
        return (has == value) is (operator == "=")
    return bool(re.fullmatch(value, has)) is (operator == "=~")
